// Whether something accepts TCP connections.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace sconectl::host {

/// What becomes of a connection.
enum class TcpAnswer {
  accepted,
  refused,  ///< nothing listens there, or the address can not be reached
  silent,   ///< not within the time
};

/// Connects to a port of all `addresses` (IPv4 and IPv6, as text) at the same time, and closes what
/// it opened: `accepted` as soon as one accepts, `refused` as soon as none is left that could. A
/// connection that meets itself, as may happen on a loopback address where nothing listens, does
/// not count. Throws Error{interrupted} when interrupts are watched (signals.hpp) and one comes.
[[nodiscard]] TcpAnswer connect_to_any(const std::vector<std::string>& addresses,
                                       std::uint16_t port, std::chrono::milliseconds timeout);

/// The IP addresses of a host as text, for connect_to_any(). Waits at most `timeout` for an answer.
/// Throws Error{unavailable} if it has none.
[[nodiscard]] std::vector<std::string> addresses_of(const std::string& host,
                                                    std::chrono::milliseconds timeout);

/// Names mean the same in every image: a name that stands on several lines of /etc/hosts has all
/// their addresses, also where no /etc/host.conf says so. To be called first of all, as it changes
/// the environment (RESOLV_MULTI).
void use_all_lines_of_hosts();

}  // namespace sconectl::host
