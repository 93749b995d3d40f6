// Percent-encoding (RFC 3986, 2.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sconectl::text {

/// Encodes every byte but unreserved characters and those in `also_kept`.
[[nodiscard]] std::string percent_encoded(std::string_view text, std::string_view also_kept = "");

/// The reverse ('+' stays '+'). No value for a '%' without two hex digits behind it.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace sconectl::text
