#include "sconectl/host/service_manager.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <ctime>

#include "sconectl/text/number.hpp"

namespace sconectl::host {

namespace {

std::optional<std::chrono::milliseconds> watchdog_quarter(const Environment& environment) {
  const auto microseconds = text::number<long long>(environment.get_or("WATCHDOG_USEC", ""));
  const auto process = environment.get("WATCHDOG_PID");
  if (!microseconds || *microseconds < 4'000) return std::nullopt;
  if (process && *process != std::to_string(getpid())) return std::nullopt;
  return std::chrono::milliseconds(*microseconds / 4'000);
}

}  // namespace

ServiceManager::ServiceManager(const Environment& environment)
    : socket_(environment.get_or("NOTIFY_SOCKET", "")),
      watchdog_interval_(watchdog_quarter(environment)) {}

void ServiceManager::reloading() const {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                   static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1'000));
}

void ServiceManager::tell(const std::string& state) const {
  sockaddr_un address{};
  if (socket_.empty() || (socket_.front() != '/' && socket_.front() != '@') ||
      socket_.size() >= sizeof(address.sun_path))
    return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  (void)::sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address), length);
  ::close(descriptor);
}

}  // namespace sconectl::host
