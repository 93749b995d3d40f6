#include "yaml/variable_lines.hpp"

#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/text/variable.hpp"
#include "sconectl/yaml/substitute.hpp"

namespace sconectl::yaml {
namespace {

constexpr std::size_t step = 2;

std::size_t indentation_of(std::string_view line) {
  const auto first = line.find_first_not_of(' ');
  return first == std::string_view::npos ? line.size() : first;
}

/// The column of the key whose value is a literal block that begins on this line; nothing if none
/// does.
std::optional<std::size_t> block_key(std::string_view line) {
  std::string_view header = text::trimmed(line.substr(0, line.find(" #")));
  const auto bar = header.rfind('|');
  if (bar == std::string_view::npos || bar == 0 || header[bar - 1] != ' ' ||
      header.substr(bar + 1).find_first_not_of("+-") != std::string_view::npos)
    return std::nullopt;
  header = text::trimmed(header.substr(0, bar));
  if (!header.ends_with(':') && !header.ends_with('-')) return std::nullopt;
  std::size_t column = indentation_of(line);
  while (line.substr(column).starts_with("- ")) {
    column += step;
    while (column < line.size() && line[column] == ' ') ++column;
  }
  return column;
}

}  // namespace

std::optional<VariableLine> variable_line(std::string_view line) {
  VariableLine result;
  const auto first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos) return std::nullopt;
  result.indentation = line.substr(0, first);
  std::string_view rest = text::trimmed(line);
  result.moved = rest.starts_with(moved_mark);
  if (result.moved) rest.remove_prefix(moved_mark.size());
  if (!rest.starts_with('$')) return std::nullopt;
  rest.remove_prefix(1);
  if (rest.starts_with('{') && rest.ends_with('}')) rest = rest.substr(1, rest.size() - 2);
  if (rest.empty() || !text::starts_variable_name(rest.front())) return std::nullopt;
  result.name = text::take_while(rest, text::continues_variable_name);
  return rest.empty() ? std::optional(result) : std::nullopt;
}

std::string with_variable_lines_in_blocks(std::string text) {
  if (text.find("\n$") == std::string::npos && text.find(" $") == std::string::npos) return text;
  std::string result;
  bool below_key = false;   // a block began, and no line has ended it
  std::size_t key = 0;      // the column of its key
  std::size_t content = 0;  // the column of its lines; 0: none was seen
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const std::string_view line = rest.substr(0, end == std::string_view::npos ? end : end + 1);
    rest.remove_prefix(line.size());
    const std::size_t column = indentation_of(line);
    const bool blank = text::is_blank(line);
    const bool inside = below_key && (blank || column > key);
    if (below_key && !blank && (!inside || column < content) && variable_line(line)) {
      if (content == 0) content = key + step;
      result.append(content, ' ').append(moved_mark).append(line.substr(column));
      continue;
    }
    if (inside) {
      if (!blank && content == 0) content = column;
    } else {
      const auto begun = block_key(line);
      below_key = begun.has_value();
      key = begun.value_or(0);
      content = 0;
    }
    result += line;
  }
  return result;
}

}  // namespace sconectl::yaml
