// Links in the places of injected files, for containers that may not write to their own file system
// (host/memory_link.hpp).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sconectl/image/plan.hpp"

namespace sconectl::image {

struct MemoryLinks {
  std::map<std::string, ContextLink> links;    ///< path in the context -> link
  std::map<std::string, std::size_t> folders;  ///< folder in the image -> number of its links/<n>
};

/// One link for each file, but not where engines mount something of their own, and not for folders
/// whose name would mean something in a Dockerfile. The targets differ between images, which may
/// share their memory in a pod.
[[nodiscard]] MemoryLinks memory_links(const std::string& reference,
                                       const std::vector<InjectedFile>& files);

}  // namespace sconectl::image
