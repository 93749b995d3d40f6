// The environment of a program as data.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/text/ascii.hpp"

namespace sconectl::text {

/// A name and its value, as `NAME=value` in an environment.
struct Variable {
  std::string name;
  std::string value;
  friend bool operator==(const Variable&, const Variable&) = default;
};

/// A name as `$NAME` and `-e NAME=VALUE` take it: letters, digits and '_', no digit first.
[[nodiscard]] constexpr bool starts_variable_name(char c) {
  return is_letter(c) || c == '_';
}
[[nodiscard]] constexpr bool continues_variable_name(char c) {
  return is_alphanumeric(c) || c == '_';
}
[[nodiscard]] constexpr bool is_variable_name(std::string_view text) {
  return !text.empty() && starts_variable_name(text.front()) &&
         std::all_of(text.begin(), text.end(), continues_variable_name);
}

/// What a program is started with, in the order in which it was written. (host::Environment is
/// what surrounds our own process.)
using Environment = std::vector<Variable>;

/// Replaces the value of a name, or adds the variable at the end.
void set(Environment& environment, std::string_view name, std::string value);

}  // namespace sconectl::text
