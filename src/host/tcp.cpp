#include "sconectl/host/tcp.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "posix.hpp"
#include "resolve.hpp"
#include "sconectl/host/signals.hpp"

namespace sconectl::host {

namespace {

using std::chrono::steady_clock;

struct TcpName {
  sockaddr_storage bytes{};
  socklen_t size = sizeof(sockaddr_storage);
};

std::optional<TcpName> tcp_name(const std::string& address, std::uint16_t port) {
  TcpName name;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    name.size = sizeof v4;
    std::memcpy(&name.bytes, &v4, sizeof v4);
  } else if (::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    name.size = sizeof v6;
    std::memcpy(&name.bytes, &v6, sizeof v6);
  } else {
    return std::nullopt;
  }
  return name;
}

/// On its way; not open if the address refused at once.
Descriptor begin(const std::string& address, std::uint16_t port) {
  const auto name = tcp_name(address, port);
  if (!name) return {};
  Descriptor socket(
      ::socket(name->bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!socket.open()) return {};
  // The system's interface wants this cast.
  const auto* address_bytes = reinterpret_cast<const sockaddr*>(&name->bytes);
  if (::connect(socket.get(), address_bytes, name->size) != 0 && errno != EINPROGRESS) return {};
  return socket;
}

/// The system may give a connection to a port of its own range that very port as its source.
bool met_itself(int socket) {
  TcpName here;
  TcpName there;
  return ::getsockname(socket, reinterpret_cast<sockaddr*>(&here.bytes), &here.size) == 0 &&
         ::getpeername(socket, reinterpret_cast<sockaddr*>(&there.bytes), &there.size) == 0 &&
         here.size == there.size && std::memcmp(&here.bytes, &there.bytes, here.size) == 0;
}

bool is_connected(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0 &&
         !met_itself(socket);
}

}  // namespace

TcpAnswer connect_to_any(const std::vector<std::string>& addresses, std::uint16_t port,
                         std::chrono::milliseconds timeout) {
  const auto end = steady_clock::now() + timeout;
  std::vector<Descriptor> sockets;
  for (const std::string& address : addresses)
    if (Descriptor socket = begin(address, port); socket.open())
      sockets.push_back(std::move(socket));
  while (!sockets.empty()) {
    throw_if_interrupted();
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - steady_clock::now()).count();
    if (left <= 0) return TcpAnswer::silent;
    std::vector<pollfd> waits;
    waits.reserve(sockets.size());
    for (const Descriptor& socket : sockets) waits.push_back({socket.get(), POLLOUT, 0});
    if (::poll(waits.data(), waits.size(), static_cast<int>(left)) <= 0) continue;
    for (const pollfd& wait : waits) {
      if (wait.revents == 0) continue;
      if (is_connected(wait.fd)) return TcpAnswer::accepted;
      std::erase_if(sockets, [&](const Descriptor& one) { return one.get() == wait.fd; });
    }
  }
  return TcpAnswer::refused;
}

std::vector<std::string> addresses_of(const std::string& host, std::chrono::milliseconds timeout) {
  std::vector<std::string> result;
  for (const SocketAddress& address : resolve({host, 0}, timeout)) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    std::memcpy(&v4, &address.bytes, sizeof v4);
    std::memcpy(&v6, &address.bytes, sizeof v6);
    const void* const bytes = v4.sin_family == AF_INET ? static_cast<const void*>(&v4.sin_addr)
                                                       : static_cast<const void*>(&v6.sin6_addr);
    if (::inet_ntop(v4.sin_family, bytes, text.data(), text.size()) != nullptr)
      result.emplace_back(text.data());
  }
  return result;
}

void use_all_lines_of_hosts() {
  (void)::setenv("RESOLV_MULTI", "on", 1);
}

}  // namespace sconectl::host
