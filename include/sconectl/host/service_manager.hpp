// What a service manager (systemd) is told, in the protocol of sd_notify(3).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "sconectl/host/environment.hpp"

namespace sconectl::host {

/// Does nothing where no service manager listens.
class ServiceManager {
 public:
  /// From NOTIFY_SOCKET (a path, or '@' and an abstract name), WATCHDOG_USEC and WATCHDOG_PID.
  explicit ServiceManager(const Environment& environment);

  void ready() const { tell("READY=1"); }
  /// Until ready() again.
  void reloading() const;
  void stopping() const { tell("STOPPING=1"); }
  /// The service is alive; to be said again within watchdog_interval().
  void alive() const { tell("WATCHDOG=1"); }
  /// A line for people.
  void status(std::string_view line) const { tell("STATUS=" + std::string(line)); }

  /// A quarter of the time after which the manager takes the service for dead; nothing if it does
  /// not watch.
  [[nodiscard]] std::optional<std::chrono::milliseconds> watchdog_interval() const {
    return watchdog_interval_;
  }

 private:
  /// What can not be sent is lost.
  void tell(const std::string& state) const;

  std::string socket_;
  std::optional<std::chrono::milliseconds> watchdog_interval_;
};

}  // namespace sconectl::host
