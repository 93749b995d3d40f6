#include "sconectl/text/words.hpp"

namespace sconectl::text {

std::string quoted_list(std::span<const std::string_view> words) {
  std::string result;
  for (const std::string_view word : words) {
    if (!result.empty()) result += ", ";
    result.append("'").append(word).append("'");
  }
  return result;
}

}  // namespace sconectl::text
