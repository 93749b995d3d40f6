// A file whose bytes are part of the program (cmake/Embed.cmake).
#pragma once

#include <cstddef>

namespace sconectl::diag {

struct Embedded {
  const char* path;  ///< relative to the embedded directory
  const char* bytes;
  std::size_t length;
};

}  // namespace sconectl::diag
