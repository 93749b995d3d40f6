// Where a CAS is (CL-013).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sconectl/text/address.hpp"

namespace sconectl::cas {

using text::Address;

inline constexpr std::uint16_t client_port = 8081;    ///< the REST API
inline constexpr std::uint16_t enclave_port = 18765;  ///< the service interface

/// "https://host:port/", the form that cas_db keeps (CL-021).
[[nodiscard]] std::string url(const Address& address);

/// Reads `host`, `host:port`, `[ipv6]:port` or `https://host[:port][/]`. Throws Error{invalid} for
/// everything else: http://, a user name, a path, an IPv6 address without brackets, a bad port.
[[nodiscard]] Address parse_address(std::string_view text,
                                    std::uint16_t default_port = client_port);

}  // namespace sconectl::cas
