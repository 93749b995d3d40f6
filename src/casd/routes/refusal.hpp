// Answers to requests that no route sees.
#pragma once

#include <string>

#include "sconectl/casd/service.hpp"

namespace sconectl::casd {

/// An error body with a status that no ErrorKind stands for: 405, 408, 413, 415, 431 (RA-017).
[[nodiscard]] Response refusal(int status, std::string text);

}  // namespace sconectl::casd
