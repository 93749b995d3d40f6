// Node.js programs: what says which packages they need.
#pragma once

#include <string_view>

namespace sconectl::image {

inline constexpr std::string_view node_packages = "package.json";
/// The exact versions; without it npm chooses.
inline constexpr std::string_view node_lock = "package-lock.json";
/// Where npm puts them: what stands there on the user's machine stays out of the image.
inline constexpr std::string_view node_modules = "node_modules";

}  // namespace sconectl::image
