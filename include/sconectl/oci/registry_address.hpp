// Where a registry is spoken to.
#pragma once

#include <string>

namespace sconectl::oci {

/// The address of "HOST[:PORT]": "http://127.0.0.1:5000", "https://registry-1.docker.io". Plain
/// HTTP goes to registries on loopback and only to these, as engines do unless told otherwise.
[[nodiscard]] std::string registry_base(const std::string& registry);

}  // namespace sconectl::oci
