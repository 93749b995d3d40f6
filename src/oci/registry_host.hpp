// How a registry is reached.
#pragma once

#include <string>
#include <string_view>

#include "sconectl/host/files.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/oci/registry_address.hpp"

namespace sconectl::oci {

/// The system's authorities, with those that the machine names for this registry alone.
[[nodiscard]] host::Tls registry_trust(const std::string& registry, const host::Files& files);

/// The part of an address that says who is spoken to: "https://host:port".
[[nodiscard]] std::string_view origin(std::string_view url);

/// Percent-encoded, for a query or a form.
[[nodiscard]] std::string query_value(std::string_view text);

}  // namespace sconectl::oci
