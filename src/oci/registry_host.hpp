// How a registry is reached.
#pragma once

#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include "sconectl/host/files.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/oci/registry_address.hpp"

namespace sconectl::oci {

/// Of a registry that trips over two who push the same bytes at one moment.
inline constexpr std::array<std::chrono::milliseconds, 3> before_asking_again = {
    std::chrono::milliseconds(50), std::chrono::milliseconds(200), std::chrono::milliseconds(800)};

/// The system's authorities, with those that the machine names for this registry alone.
[[nodiscard]] host::Tls registry_trust(const std::string& registry, const host::Files& files);

/// The part of an address that says who is spoken to: "https://host:port".
[[nodiscard]] std::string_view origin(std::string_view url);

/// Percent-encoded, for a query or a form.
[[nodiscard]] std::string query_value(std::string_view text);

}  // namespace sconectl::oci
