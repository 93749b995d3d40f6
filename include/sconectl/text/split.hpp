// Texts taken apart. The parts are views into the text.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace sconectl::text {

/// Both sides of a text's first separator.
struct Cut {
  std::string_view before;
  std::optional<std::string_view> after;  ///< nothing without a separator
};
[[nodiscard]] Cut cut(std::string_view text, char separator);

/// Takes the longest start of `rest` whose characters are accepted.
template <typename Accept>
[[nodiscard]] std::string_view take_while(std::string_view& rest, Accept accept) {
  std::size_t n = 0;
  while (n < rest.size() && accept(rest[n])) ++n;
  const std::string_view taken = rest.substr(0, n);
  rest.remove_prefix(n);
  return taken;
}

/// Everything between separators, empty parts too: "a,,b" has three, "" has one.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// The lines without their ends (LF or CRLF); an end of line at the end starts no further one.
[[nodiscard]] std::vector<std::string_view> lines(std::string_view text);

/// What stands between blanks; never an empty part.
[[nodiscard]] std::vector<std::string_view> words_in(std::string_view text);

}  // namespace sconectl::text
