// A property that must hold for every input.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace sconectl::fuzz {

/// Ends the process, which the fuzzer reports with the input.
inline void require(bool holds, const char* what, const std::string& detail = "") {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n%s\n", what, detail.c_str());
  std::abort();
}

}  // namespace sconectl::fuzz
