// Values of the chart that a command line sets, over what the mesh says.
#pragma once

#include <string>

#include "sconectl/yaml/value.hpp"

namespace sconectl::mesh {

/// `web.replicaCount=3` as {web: {replicaCount: 3}}. A dot of a key is written `\.`. The value is a
/// number, true, false or null where it looks like one, YAML where it begins with a bracket or
/// quote, else text; its place is called "--set PATH". Throws Error{usage} for an assignment
/// without path or `=`, and for an access token, which every user could read there.
[[nodiscard]] yaml::Value assigned_value(const std::string& assignment);

}  // namespace sconectl::mesh
