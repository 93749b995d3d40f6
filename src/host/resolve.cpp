#include "resolve.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <nss.h>
#include <sys/un.h>

#include <cstring>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/host/signals.hpp"

namespace sconectl::host {

using diag::Error;
using diag::ErrorKind;

namespace {

struct Answer {
  int error = 0;
  std::vector<SocketAddress> addresses;
};

/// A static binary can not rely on the C library's plug-ins of the machine it runs on (the launcher
/// runs in images of others): /etc/hosts and DNS are built in, and enough.
void use_built_in_lookup() {
  static std::once_flag once;
  std::call_once(once, [] { ::__nss_configure_lookup("hosts", "files dns"); });
}

Answer look_up(const std::string& host, const std::string& port, int flags) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = flags;
  addrinfo* found = nullptr;
  Answer answer;
  answer.error = ::getaddrinfo(host.c_str(), port.c_str(), &wanted, &found);
  if (answer.error != 0) return answer;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    SocketAddress address;
    std::memcpy(&address.bytes, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
    answer.addresses.push_back(address);
  }
  ::freeaddrinfo(found);
  return answer;
}

std::string lookup_reason(int error) {
  switch (error) {
    case EAI_NONAME:
      return "no such host name";
    case EAI_AGAIN:
      return "the name server does not answer";
    default:
      return ::gai_strerror(error);
  }
}

/// getaddrinfo can not be interrupted. It gets a thread of its own, which is left alone when the
/// time is up; it owns everything it touches.
Answer look_up_in_time(const std::string& host, const std::string& port,
                       std::chrono::milliseconds timeout) {
  auto promise = std::make_shared<std::promise<Answer>>();
  std::future<Answer> answer = promise->get_future();
  std::thread([promise, host, port] {
    promise->set_value(look_up(host, port, AI_ADDRCONFIG));
  }).detach();
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (answer.wait_for(std::chrono::milliseconds(50)) != std::future_status::ready) {
    throw_if_interrupted();
    if (std::chrono::steady_clock::now() >= end) return {EAI_AGAIN, {}};
  }
  return answer.get();
}

}  // namespace

bool is_address(const std::string& host) {
  in6_addr bytes{};
  return ::inet_pton(AF_INET, host.c_str(), &bytes) == 1 ||
         ::inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), &bytes) == 1;
}

std::vector<SocketAddress> resolve(const text::Address& server, std::chrono::milliseconds timeout) {
  use_built_in_lookup();
  const std::string& host = server.host;
  const std::string port = std::to_string(server.port);
  Answer answer = is_address(host) ? look_up(host, port, AI_NUMERICHOST | AI_NUMERICSERV)
                                   : look_up_in_time(host, port, timeout);
  if (answer.error != 0 || answer.addresses.empty()) {
    throw Error(ErrorKind::unavailable,
                fmt::format("can not find the address of '{}': {}", host,
                            answer.error != 0 ? lookup_reason(answer.error) : "it has none"));
  }
  return std::move(answer.addresses);
}

SocketAddress unix_address(const std::string& path) {
  sockaddr_un name{};
  if (path.empty() || path.size() >= sizeof name.sun_path) {
    throw Error(ErrorKind::invalid, fmt::format("'{}' is too long for a socket's path", path));
  }
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), path.size());
  SocketAddress address;
  std::memcpy(&address.bytes, &name, sizeof name);
  address.size = static_cast<socklen_t>(sizeof name);
  return address;
}

}  // namespace sconectl::host
