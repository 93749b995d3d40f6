// Names of the outside world made from names of the mesh.
#pragma once

#include <string>
#include <string_view>

namespace sconectl::mesh {

/// A DNS label (RFC 1123: a-z, 0-9 and '-', at most 63 characters, letter first) made from a name:
/// lower case, every other character becomes '-'. A valid name is returned unchanged; "" if nothing
/// is left.
[[nodiscard]] std::string kubernetes_name(std::string_view name);

/// A release that helm takes, made in the same way: at most 53 characters.
[[nodiscard]] std::string release_name(std::string_view name);

/// The last part of a program's path: "python3" for "/usr/bin/python3".
[[nodiscard]] std::string base_name(std::string_view program);

}  // namespace sconectl::mesh
