// What an entry of a layer takes away from the layers below it (OCI image specification,
// "Whiteouts").
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sconectl::oci {

struct Whiteout {
  std::string path;         ///< "" is the root
  bool only_below = false;  ///< what is in the directory, not the directory
};

[[nodiscard]] inline std::optional<Whiteout> whiteout_of(const std::string& path) {
  constexpr std::string_view prefix = ".wh.";
  constexpr std::string_view all_below = ".wh..wh..opq";
  const auto slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "" : path.substr(0, slash);
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (name == all_below) return Whiteout{directory, true};
  if (!name.starts_with(prefix)) return std::nullopt;
  return Whiteout{(directory.empty() ? "" : directory + "/") + name.substr(prefix.size())};
}

/// Of a map by path.
template <typename Map>
void erase_below(Map& files, const std::string& directory) {
  const std::string below = directory.empty() ? "" : directory + "/";
  const auto first = files.lower_bound(below);
  auto last = first;
  while (last != files.end() && last->first.starts_with(below)) ++last;
  files.erase(first, last);
}

template <typename Map>
void take_away(Map& files, const Whiteout& whiteout) {
  if (!whiteout.only_below) files.erase(whiteout.path);
  erase_below(files, whiteout.path);
}

}  // namespace sconectl::oci
