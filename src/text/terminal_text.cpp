#include "sconectl/text/terminal_text.hpp"

#include <algorithm>

#include "sconectl/text/ascii.hpp"

namespace sconectl::text {
namespace {

constexpr char escape = '\x1B';
constexpr char bell = '\x07';

bool between(char c, char low, char high) {
  return c >= low && c <= high;
}

/// How many characters the sequence at the start of `text` has, its escape character included.
std::size_t length_of_sequence(std::string_view text) {
  if (text.size() < 2) return text.size();
  const char kind = text[1];
  if (kind == '[') {  // parameters and intermediates up to a final character
    std::size_t i = 2;
    while (i < text.size() && between(text[i], ' ', '?')) ++i;
    return i < text.size() && between(text[i], '@', '~') ? i + 1 : i;
  }
  if (kind == ']' || kind == 'P' || kind == 'X' || kind == '^' || kind == '_') {  // a string
    for (std::size_t i = 2; i < text.size(); ++i) {
      if (text[i] == bell) return i + 1;
      if (text[i] == escape && i + 1 < text.size() && text[i + 1] == '\\') return i + 2;
    }
    return text.size();
  }
  std::size_t i = 1;
  while (i < text.size() && between(text[i], ' ', '/')) ++i;
  return i < text.size() && between(text[i], '0', '~') ? i + 1 : i;
}

}  // namespace

std::string without_escapes(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const char c = text.front();
    if (c == escape) {
      text.remove_prefix(length_of_sequence(text));
      continue;
    }
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    if (!control || c == '\t' || c == '\n' || c == '\r') result += c;
    text.remove_prefix(1);
  }
  return result;
}

std::string in_one_line(std::string_view text) {
  std::string line = without_escapes(text);
  std::replace_if(line.begin(), line.end(), is_control, ' ');
  return line;
}

}  // namespace sconectl::text
