// References as manifests of 2022 wrote them.
#pragma once

#include <string>

namespace sconectl::manifest {

/// `$$SCONE::name` as the whole value of a variable lacks its end and gets it; any other text stays
/// as it is.
[[nodiscard]] std::string closed_placeholder(std::string value);

}  // namespace sconectl::manifest
