// The TOML library. It asserts what a broken document breaks: here such an assertion is an
// exception like that of every other mistake, and not the end of the program.
#pragma once

namespace sconectl::enclave {

/// Thrown out of the library for a document that it takes for impossible.
struct BrokenDocument {};

[[noreturn]] inline void broken_document() {
  throw BrokenDocument();
}

}  // namespace sconectl::enclave

#define TOML_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::sconectl::enclave::broken_document())
#include <toml++/toml.h>
