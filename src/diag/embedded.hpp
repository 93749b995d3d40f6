// What cmake/EmbedFiles.cmake generates: the pages of docs/rules.
#pragma once

#include "sconectl/diag/embedded.hpp"

namespace sconectl::diag {

extern const Embedded rules_files[];
extern const std::size_t rules_count;

}  // namespace sconectl::diag
