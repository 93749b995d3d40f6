#include "azure/plain.hpp"

#include <algorithm>

#include "sconectl/text/ascii.hpp"

namespace sconectl::azure {

std::string plain_line(std::string_view text) {
  constexpr std::size_t longest = 300;
  auto line = text::trimmed(text);
  line = text::trimmed(line.substr(0, line.find_first_of("\r\n")));
  if (!text::is_ascii(line) || std::any_of(line.begin(), line.end(), text::is_control)) return {};
  if (line.size() <= longest) return std::string(line);
  return std::string(line.substr(0, longest)) + " ...";
}

std::string after_colon(std::string_view text) {
  const auto line = plain_line(text);
  return line.empty() ? "" : ": " + line;
}

}  // namespace sconectl::azure
