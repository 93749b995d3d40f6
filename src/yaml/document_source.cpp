#include "yaml/document_source.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "sconectl/yaml/sensitivity.hpp"
#include "yaml/parser.hpp"
#include "yaml/secrecy_path.hpp"

namespace sconectl::yaml {
namespace {

constexpr std::size_t longest_line = 160;
constexpr std::string_view hidden = "...";
constexpr std::string_view punctuation = " {}[],:-?|>+&*!";

/// A scalar on the line, in characters from 0; `end` is behind it.
struct Token {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool shown = false;
};

/// The characters of one line, UTF-8 each; a tab counts as a blank.
std::vector<std::string> characters(std::string_view text, int number) {
  for (int i = 1; i < number; ++i) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  std::vector<std::string> result;
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    if (continues && !result.empty())
      result.back() += c;
    else
      result.emplace_back(1, c == '\t' ? ' ' : c);
  }
  return result;
}

/// The scalars of a line, as far as the text can be read.
std::vector<Token> tokens_on(const std::string& text, std::size_t line, std::size_t column) {
  std::vector<Token> result;
  Parser parser(text);
  SecrecyPath path;
  while (const yaml_event_t* event = parser.next()) {
    if (event->type == YAML_STREAM_END_EVENT || event->start_mark.line > line) break;
    const auto place = path.take(*event);
    if (event->type != YAML_SCALAR_EVENT || event->end_mark.line < line) continue;
    Token token;
    token.begin = event->start_mark.line < line ? 0 : event->start_mark.column;
    token.end = event->end_mark.line > line ? std::string::npos : event->end_mark.column;
    const bool whole = event->start_mark.line == line && event->end_mark.line == line;
    const std::string_view key(reinterpret_cast<const char*>(event->data.scalar.value),
                               event->data.scalar.length);
    if (place.is_key)
      token.shown = whole && shown_key(key) == key;
    else
      token.shown = whole && !place.secret && (place.described || token.begin == column);
    result.push_back(token);
  }
  return result;
}

}  // namespace

std::optional<diag::Excerpt> DocumentSource::excerpt(int line, int column) const {
  const auto from = characters(text, line);
  const auto at = static_cast<std::size_t>(std::max(column, 1)) - 1;
  const auto tokens = tokens_on(text, static_cast<std::size_t>(line) - 1, at);
  diag::Excerpt result;
  std::size_t width = 0;
  const auto show = [&](const std::string& character) {
    result.line += character;
    ++width;
  };
  auto token = tokens.begin();
  for (std::size_t i = 0; i < from.size();) {
    if (i <= at) result.caret = width;
    while (token != tokens.end() && token->end <= i) ++token;
    if (token == tokens.end() || i < token->begin) {
      // A comment, a tag, or what the parser did not get to.
      if (from[i].size() != 1 || punctuation.find(from[i]) == std::string_view::npos) break;
      show(from[i++]);
      continue;
    }
    const auto end = std::min(token->end, from.size());
    if (token->shown)
      std::for_each(from.begin() + static_cast<std::ptrdiff_t>(i),
                    from.begin() + static_cast<std::ptrdiff_t>(end), show);
    else
      for (const char c : hidden) show({c});
    i = end;
  }
  if (at >= from.size()) result.caret = width;
  while (result.line.ends_with(' ')) result.line.pop_back();
  if (result.line.empty() || width > longest_line) return std::nullopt;
  return result;
}

}  // namespace sconectl::yaml
