// Where a server listens: "host:port".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sconectl::text {

struct Address {
  std::string host;  ///< lower case; an IPv6 address without brackets
  std::uint16_t port = 0;

  /// The host as it stands before a port: an IPv6 address in brackets.
  [[nodiscard]] std::string bracketed_host() const;
  /// "host:port", an IPv6 address in brackets.
  [[nodiscard]] std::string authority() const;
  /// The same host with another port.
  [[nodiscard]] Address with_port(std::uint16_t other) const { return {host, other}; }
  friend bool operator==(const Address&, const Address&) = default;
};

/// Whether a host is this machine by its name: "localhost", 127.0.0.0/8, ::1.
[[nodiscard]] bool is_loopback(const std::string& host);

/// Which ports parse_address() takes.
struct PortRule {
  /// For a text without a port; nothing: it must have one.
  std::optional<std::uint16_t> otherwise;
  /// 0 where the system may choose one (a server that listens on any free port).
  std::uint16_t least = 1;
};

/// Reads `host`, `host:port`, `[ipv6]` and `[ipv6]:port`. Throws Error{invalid} whose text is only
/// the reason ("the port must be a number from 1 to 65535"): the caller says what was read, and
/// what else it takes.
[[nodiscard]] Address parse_address(std::string_view text, const PortRule& ports);

}  // namespace sconectl::text
