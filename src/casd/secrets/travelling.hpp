// A secret on its way to another CAS: all that the importer may have of it, with its kind.
#pragma once

#include "casd/secrets/material.hpp"

namespace sconectl::casd::secrets {

[[nodiscard]] crypto::Secret packed(const Material& material);
/// Throws Error{failed} for what packed() did not make.
[[nodiscard]] Material unpacked(std::string_view text);

}  // namespace sconectl::casd::secrets
