// The two ways in which evidence is no evidence.
#pragma once

#include <fmt/core.h>

#include <string_view>

#include "sconectl/diag/error.hpp"

namespace sconectl::attest {

/// It can be read and is not genuine. `check` is the one that failed.
[[noreturn]] inline void not_genuine(std::string_view check, std::string_view why) {
  throw diag::Error(diag::ErrorKind::refused, fmt::format("{}: {}", check, why));
}

/// It can not be read.
[[noreturn]] inline void unreadable(std::string_view what, std::string_view why) {
  throw diag::Error(diag::ErrorKind::invalid, fmt::format("{}: {}", what, why));
}

}  // namespace sconectl::attest
