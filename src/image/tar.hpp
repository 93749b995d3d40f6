// Reading a tar archive in memory.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace sconectl::image {

struct TarLimits {
  std::size_t file = 1024UL * 1024;
  std::size_t total = 16UL * 1024 * 1024;
};

/// The regular files of a ustar, GNU or pax archive by path. Nothing is written anywhere and no
/// link is followed: an archive with links, with paths that leave it, or beyond the limits is
/// refused. Throws Error{invalid} that says why.
[[nodiscard]] std::map<std::string, std::string> untar(std::string_view archive,
                                                       const TarLimits& limits = {});

}  // namespace sconectl::image
