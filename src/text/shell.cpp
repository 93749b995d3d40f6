#include "sconectl/text/shell.hpp"

#include <algorithm>

#include "sconectl/text/ascii.hpp"

namespace sconectl::text {
namespace {

bool is_plain(char c) {
  return is_alphanumeric(c) || std::string_view("_-./:=@%+,").find(c) != std::string_view::npos;
}

}  // namespace

std::string shell_word(std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'')
      result += "'\\''";
    else
      result += c;
  }
  return result + "'";
}

}  // namespace sconectl::text
