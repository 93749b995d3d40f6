// What cmake/EmbedFiles.cmake generates: the files of one template set.
#pragma once

#include <cstddef>

namespace sconectl::render {

struct Embedded {
  const char* path;
  const char* bytes;
  std::size_t length;
};

extern const Embedded service_files[];
extern const std::size_t service_count;

}  // namespace sconectl::render
