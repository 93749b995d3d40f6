// Text that other programs wrote for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace sconectl::text {

/// Without escape sequences (colours, titles, movements of the cursor: ECMA-48) and other control
/// characters but tab and line ends. A sequence that has no end takes the rest of the text with it.
[[nodiscard]] std::string without_escapes(std::string_view text);

/// The same with a blank for every control character: nobody can make it look like two lines.
[[nodiscard]] std::string in_one_line(std::string_view text);

}  // namespace sconectl::text
