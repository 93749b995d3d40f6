// A config-fragment as JSON.
#pragma once

#include <string>

#include "sconectl/yaml/value.hpp"

namespace sconectl::casd {

/// Plain scalars are typed as in the core schema of YAML 1.2 (null, booleans, integers, decimal
/// fractions); everything else is text. Keys keep their order.
[[nodiscard]] std::string fragment_json(const yaml::Value& value);

}  // namespace sconectl::casd
