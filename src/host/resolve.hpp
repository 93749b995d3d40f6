// Host names to addresses.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <string>
#include <vector>

#include "sconectl/text/address.hpp"

namespace sconectl::host {

/// A socket address in the form the kernel takes.
struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

/// The addresses of a server, in the order in which to try them. Waits at most `timeout`. Throws
/// Error{unavailable}.
[[nodiscard]] std::vector<SocketAddress> resolve(const text::Address& server,
                                                 std::chrono::milliseconds timeout);

/// The address of a unix domain socket. Throws Error{invalid} if the path is too long.
[[nodiscard]] SocketAddress unix_address(const std::string& path);

/// Whether a host is given as an address, not as a name.
[[nodiscard]] bool is_address(const std::string& host);

}  // namespace sconectl::host
