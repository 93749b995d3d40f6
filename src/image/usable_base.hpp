// What an image can be put on without an engine.
#pragma once

#include <string>

#include "sconectl/oci/source.hpp"

namespace sconectl::image {

/// A base whose programs run beside ours, and whose configuration is about its layers. Errors
/// otherwise: unavailable (another architecture), invalid, unsupported (ONBUILD).
void require_usable_base(const oci::ResolvedImage& base, const std::string& name);

}  // namespace sconectl::image
