// A scalar as the user wrote it, and where.
#pragma once

#include <string>

#include "sconectl/diag/location.hpp"

namespace sconectl::manifest {

/// The source text of a scalar (numbers and booleans too) with its place. Empty text: not given,
/// where a member is not optional.
struct Text {
  std::string text;
  diag::Location at;
};

}  // namespace sconectl::manifest
