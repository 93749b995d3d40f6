// Words of a server that may be shown.
#pragma once

#include <string>
#include <string_view>

namespace sconectl::azure {

/// The first line of a text, without blanks around it and at most 300 characters of it; "" if it
/// holds anything but printable ASCII.
[[nodiscard]] std::string plain_line(std::string_view text);

/// The same in ": TEXT", or "" if there is nothing to show.
[[nodiscard]] std::string after_colon(std::string_view text);

}  // namespace sconectl::azure
