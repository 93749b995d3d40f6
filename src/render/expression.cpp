#include "render/expression.hpp"

#include <fmt/core.h>

#include <array>

#include "sconectl/diag/suggest.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::render {
namespace {

constexpr std::array<std::string_view, 1> filter_names = {"default"};

bool starts_name(char c) {
  return text::is_letter(c) || c == '_';
}

bool continues_name(char c) {
  return text::is_alphanumeric(c) || c == '_' || c == '-';
}

/// The longest dotted name at the start of a text.
std::string_view name_at(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && starts_name(text[end])) {
    while (end < text.size() && continues_name(text[end])) ++end;
    if (end + 1 >= text.size() || text[end] != '.' || !starts_name(text[end + 1])) break;
    ++end;
  }
  return text.substr(0, end);
}

/// Takes `word` from the front of `text`, blanks before it skipped.
bool take(std::string_view& text, std::string_view word) {
  const std::string_view rest = text::trimmed(text);
  if (rest.substr(0, word.size()) != word) return false;
  text = rest.substr(word.size());
  return true;
}

/// The value of `default(value=…)`: a quoted text, a number or a boolean.
std::optional<std::string> take_literal(std::string_view& text) {
  text = text::trimmed(text);
  if (text.empty()) return std::nullopt;
  const char quote = text.front();
  if (quote == '"' || quote == '\'' || quote == '`') {
    const auto end = text.find(quote, 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string value(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
    return value;
  }
  const auto end = text.find_first_of(") \t");
  std::string value(text.substr(0, end));
  if (value.empty()) return std::nullopt;
  text.remove_prefix(value.size());
  return value;
}

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && name_at(text) == text;
}

std::optional<Expression> parse_expression(std::string_view text, bool filters,
                                           std::string& problem) {
  text = text::trimmed(text);
  Expression result{std::string(name_at(text)), std::nullopt};
  if (result.name.empty()) {
    problem = fmt::format("'{}' is not the name of a variable", text);
    return std::nullopt;
  }
  text = text::trimmed(text.substr(result.name.size()));
  if (text.empty()) return result;
  if (!filters || text.front() != '|') {
    problem =
        fmt::format("only the name of a variable can stand here, '{}' is not understood", text);
    return std::nullopt;
  }
  text = text::trimmed(text.substr(1));
  const std::string filter(name_at(text));
  if (filter != "default") {
    problem =
        fmt::format("unknown filter '{}', only 'default(value=\"…\")' is built in{}", filter,
                    diag::did_you_mean(filter, std::span<const std::string_view>(filter_names)));
    return std::nullopt;
  }
  text.remove_prefix(filter.size());
  const bool opened = take(text, "(") && take(text, "value") && take(text, "=");
  if (opened) result.fallback = take_literal(text);
  if (result.fallback && take(text, ")") && text::trimmed(text).empty()) return result;
  problem = "write the filter as 'default(value=\"…\")'";
  return std::nullopt;
}

}  // namespace sconectl::render
