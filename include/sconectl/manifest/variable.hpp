// One `- name: X / value: Y` of a manifest.
#pragma once

#include <optional>
#include <string>

#include "sconectl/diag/location.hpp"

namespace sconectl::manifest {

/// `key` is accepted for `name`. A variable without a value (or with null) gets it from elsewhere:
/// a `global` variable of a service from the mesh. The value keeps its source text: `443` is "443".
struct Variable {
  std::string name;
  std::optional<std::string> value;
  diag::Location at;        ///< of the name
  diag::Location value_at;  ///< of the value, or of the name if there is none
};

}  // namespace sconectl::manifest
