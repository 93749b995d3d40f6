// Where a CAS is (CL-013).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sconectl::cas {

inline constexpr std::uint16_t client_port = 8081;    ///< the REST API
inline constexpr std::uint16_t enclave_port = 18765;  ///< the service interface

struct Address {
  std::string host;  ///< lower case; an IPv6 address without brackets
  std::uint16_t port = client_port;

  /// "host:port", an IPv6 address in brackets.
  [[nodiscard]] std::string authority() const;
  /// "https://host:port/", the form that cas_db keeps (CL-021).
  [[nodiscard]] std::string url() const;
  /// The same host with another port.
  [[nodiscard]] Address with_port(std::uint16_t other) const { return {host, other}; }
  friend bool operator==(const Address&, const Address&) = default;
};

/// Reads `host`, `host:port`, `[ipv6]:port` or `https://host[:port][/]`. Throws Error{invalid} for
/// everything else: http://, a user name, a path, an IPv6 address without brackets, a bad port.
[[nodiscard]] Address parse_address(std::string_view text,
                                    std::uint16_t default_port = client_port);

}  // namespace sconectl::cas
