// Deflated bytes (RFC 1951), for the few small texts in jars that are read.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sconectl::supply {

/// What was compressed; nothing for what is damaged or cut off, or gives more than `most_bytes`.
[[nodiscard]] std::optional<std::string> inflated(std::string_view compressed,
                                                  std::size_t most_bytes);

}  // namespace sconectl::supply
