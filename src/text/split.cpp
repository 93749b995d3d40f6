#include "sconectl/text/split.hpp"

#include "sconectl/text/ascii.hpp"

namespace sconectl::text {

Cut cut(std::string_view text, char separator) {
  const auto at = text.find(separator);
  if (at == std::string_view::npos) return {text, std::nullopt};
  return {text.substr(0, at), text.substr(at + 1)};
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> result;
  for (std::optional rest = text; rest;) {
    const Cut parts = cut(*rest, separator);
    result.push_back(parts.before);
    rest = parts.after;
  }
  return result;
}

std::vector<std::string_view> lines(std::string_view text) {
  std::vector<std::string_view> result = split(text, '\n');
  if (result.back().empty()) result.pop_back();
  for (std::string_view& line : result)
    if (line.ends_with('\r')) line.remove_suffix(1);
  return result;
}

std::vector<std::string_view> words_in(std::string_view text) {
  std::vector<std::string_view> result;
  for (std::string_view rest = trimmed(text); !rest.empty(); rest = trimmed(rest))
    result.push_back(take_while(rest, [](char c) { return !is_blank(c); }));
  return result;
}

}  // namespace sconectl::text
