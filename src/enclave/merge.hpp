// Layers of a manifest.
#pragma once

#include "enclave/toml.hpp"
#include "enclave/toml_reading.hpp"

namespace sconectl::enclave {

/// Takes what `stronger` does not say from `weaker`. A value of `weaker` that another one wins over
/// is a warning, at the place of the stronger one in `reading`.
void merge(toml::table& stronger, const toml::table& weaker, TomlReading& reading);

}  // namespace sconectl::enclave
