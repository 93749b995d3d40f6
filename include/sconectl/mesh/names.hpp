// Names of the outside world made from names of the mesh.
#pragma once

#include <string>
#include <string_view>

namespace sconectl::mesh {

/// A DNS label (RFC 1123: a-z, 0-9 and '-', at most 63 characters, letter first) made from a name:
/// lower case, every other character becomes '-'. A valid name is returned unchanged; "" if nothing
/// is left. A name that is too long ends in a digest of the whole, so that two that begin alike
/// stay two.
[[nodiscard]] std::string kubernetes_name(std::string_view name);

/// A release that helm takes, made in the same way: at most 53 characters.
[[nodiscard]] std::string release_name(std::string_view name);

/// What the charts call the Kubernetes objects of a service, and its host: `<release>-<service>`,
/// at most 63 characters, longer ones with a digest as above; the service alone without a release.
[[nodiscard]] std::string object_name(const std::string& release, const std::string& service);

/// The last part of a program's path: "python3" for "/usr/bin/python3".
[[nodiscard]] std::string base_name(std::string_view program);

}  // namespace sconectl::mesh
