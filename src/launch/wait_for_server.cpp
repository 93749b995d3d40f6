#include "sconectl/launch/wait_for_server.hpp"

#include <fmt/format.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/signals.hpp"
#include "sconectl/host/tcp.hpp"

namespace sconectl::launch {

namespace {

constexpr std::chrono::milliseconds server_patience{1000};
constexpr std::chrono::milliseconds between_attempts{500};
constexpr int attempts_between_reports = 20;

/// "" if it accepts a connection.
std::string why_not_there(const text::Address& server) {
  try {
    switch (host::connect_to_any(host::addresses_of(server.host, server_patience), server.port,
                                 server_patience)) {
      case host::TcpAnswer::accepted:
        return "";
      case host::TcpAnswer::refused:
        return "it refuses connections";
      case host::TcpAnswer::silent:
        break;
    }
    return "it does not answer";
  } catch (const diag::Error& error) {
    if (error.kind() != diag::ErrorKind::unavailable) throw;
    return error.text();
  }
}

}  // namespace

void wait_for_server(const text::Address& server, std::optional<std::chrono::seconds> timeout,
                     host::Clock& clock, const Report& report) {
  const host::InterruptWatch watch;
  const auto begin = clock.steady();
  for (int attempt = 0;; ++attempt) {
    const std::string why = why_not_there(server);
    if (why.empty()) return;
    if (timeout && clock.steady() - begin >= *timeout)
      throw diag::Error(diag::ErrorKind::unavailable,
                        fmt::format("{} did not accept a connection within {} s: {}",
                                    server.authority(), timeout->count(), why));
    if (attempt % attempts_between_reports == 0)
      report(fmt::format("waiting for {}: {}", server.authority(), why));
    clock.sleep(between_attempts);
  }
}

}  // namespace sconectl::launch
