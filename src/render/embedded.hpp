// What cmake/EmbedFiles.cmake generates: the files of the template sets.
#pragma once

#include "sconectl/diag/embedded.hpp"

namespace sconectl::render {

extern const diag::Embedded platform_files[];
extern const std::size_t platform_count;
extern const diag::Embedded service_files[];
extern const std::size_t service_count;

}  // namespace sconectl::render
