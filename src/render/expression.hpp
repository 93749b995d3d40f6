// What stands between `{{` and `}}`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sconectl::render {

/// `NAME` or `NAME | default(value="x")`.
struct Expression {
  std::string name;
  std::optional<std::string> fallback;
};

/// Reads an expression; with `filters`, Tera's `default` may follow the name. On failure nothing,
/// and `problem` says what is wrong.
std::optional<Expression> parse_expression(std::string_view text, bool filters,
                                           std::string& problem);

/// One dotted name: letters, digits, '_' and '-', each part starting with a letter or '_'.
bool is_name(std::string_view text);

}  // namespace sconectl::render
