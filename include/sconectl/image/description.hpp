// The /scone folder of an image as one of its labels: whoever can look at an image knows what a
// mesh has to know, without a container and without its layers.
#pragma once

#include <string>
#include <string_view>

#include "sconectl/image/facts.hpp"

namespace sconectl::image {

inline constexpr std::string_view description_label = "io.sconectl.scone";

/// A compressed archive (tar, gzip) of its files in base64. The same folder gives the same text.
[[nodiscard]] std::string describe(const SconeFolder& folder);

/// Error{invalid} for what describe() did not write and for a folder larger than 16 MiB; `image` is
/// named in it.
[[nodiscard]] SconeFolder read_description(std::string_view label, const std::string& image);

}  // namespace sconectl::image
