#include "sconectl/text/variable.hpp"

#include <algorithm>

namespace sconectl::text {

void set(Environment& environment, std::string_view name, std::string value) {
  const auto found = std::find_if(environment.begin(), environment.end(),
                                  [&](const Variable& variable) { return variable.name == name; });
  if (found == environment.end())
    environment.push_back({std::string(name), std::move(value)});
  else
    found->value = std::move(value);
}

}  // namespace sconectl::text
