// Included before toml++, by every room alike, because its functions are inline. The library
// asserts what a broken document breaks: here such an assertion is an exception like that of every
// other mistake, and not the end of the program.
#pragma once

namespace sconectl {

/// Thrown out of the library for a document that it takes for impossible.
struct BrokenTomlDocument {};

[[noreturn]] inline void broken_toml_document() {
  throw BrokenTomlDocument();
}

}  // namespace sconectl

#define TOML_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::sconectl::broken_toml_document())
