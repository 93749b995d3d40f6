// The environment of a program as data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sconectl::text {

/// A name and its value, as `NAME=value` in an environment.
struct Variable {
  std::string name;
  std::string value;
  friend bool operator==(const Variable&, const Variable&) = default;
};

/// What a program is started with, in the order in which it was written. (host::Environment is
/// what surrounds our own process.)
using Environment = std::vector<Variable>;

/// Replaces the value of a name, or adds the variable at the end.
void set(Environment& environment, std::string_view name, std::string value);

}  // namespace sconectl::text
