#include "render/expression.hpp"

#include <fmt/core.h>

#include <array>

#include "sconectl/diag/suggest.hpp"

namespace sconectl::render {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::array<std::string_view, 1> filter_names = {"default"};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name_byte(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
}

/// The longest dotted name at the start of a text.
std::string_view name_at(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && is_letter(text[end])) {
    while (end < text.size() && is_name_byte(text[end])) ++end;
    if (end + 1 >= text.size() || text[end] != '.' || !is_letter(text[end + 1])) break;
    ++end;
  }
  return text.substr(0, end);
}

/// Takes `word` from the front of `text`, blanks before it skipped.
bool take(std::string_view& text, std::string_view word) {
  const std::string_view rest = trimmed(text);
  if (rest.substr(0, word.size()) != word) return false;
  text = rest.substr(word.size());
  return true;
}

/// The value of `default(value=…)`: a quoted text, a number or a boolean.
std::optional<std::string> take_literal(std::string_view& text) {
  text = trimmed(text);
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

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_name(std::string_view text) {
  return !text.empty() && name_at(text) == text;
}

std::optional<Expression> parse_expression(std::string_view text, bool filters,
                                           std::string& problem) {
  text = trimmed(text);
  Expression result{std::string(name_at(text)), std::nullopt};
  if (result.name.empty()) {
    problem = fmt::format("'{}' is not the name of a variable", text);
    return std::nullopt;
  }
  text = trimmed(text.substr(result.name.size()));
  if (text.empty()) return result;
  if (!filters || text.front() != '|') {
    problem =
        fmt::format("only the name of a variable can stand here, '{}' is not understood", text);
    return std::nullopt;
  }
  text = trimmed(text.substr(1));
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
  if (result.fallback && take(text, ")") && trimmed(text).empty()) return result;
  problem = "write the filter as 'default(value=\"…\")'";
  return std::nullopt;
}

}  // namespace sconectl::render
