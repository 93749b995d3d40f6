// What cmake/EmbedFiles.cmake generates: the files of one template set.
#pragma once

#include "sconectl/diag/embedded.hpp"

namespace sconectl::render {

extern const diag::Embedded service_files[];
extern const std::size_t service_count;

}  // namespace sconectl::render
