// What Kubernetes asks the container of a native service (`sconectl pod`): is it ready?
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/host/files.hpp"
#include "sconectl/host/tcp.hpp"

namespace sconectl::launch {

/// What the launcher calls itself (/proc/PID/comm, which everybody may read) until it becomes the
/// program.
inline constexpr std::string_view launcher_name = "sconectl-run";

/// A process of the container.
struct Process {
  std::string name;
  std::vector<std::string> argv;  ///< read only of processes that are called as our program is
};

/// A launcher that has not become its program: by its name, or, before it gave itself that, by its
/// command line.
[[nodiscard]] bool is_launcher(const Process& process);

/// All that are seen in /proc. One that ends meanwhile is left out. Throws Error{unavailable} for
/// one that can not be looked at, as it may be the launcher.
[[nodiscard]] std::vector<Process> processes(const host::Files& files);

/// The IP addresses, as text, on which something listens at `port`, from the tables of the system
/// (/proc/net/tcp and tcp6); without those that mean every address.
[[nodiscard]] std::vector<std::string> listening_addresses(std::string_view tcp,
                                                           std::string_view tcp6,
                                                           std::uint16_t port);

using TcpConnect =
    std::function<host::TcpAnswer(const std::vector<std::string>& addresses, std::uint16_t port)>;

/// Why the service of this container is not ready, in one line: its launcher still waits, or
/// nothing accepts connections at `port` of a loopback address or of one that something listens on.
/// Nothing if it is ready.
[[nodiscard]] std::optional<std::string> why_not_ready(const host::Files& files,
                                                       std::optional<std::uint16_t> port,
                                                       const TcpConnect& connect);

/// The same, with real connections, which have one second.
[[nodiscard]] std::optional<std::string> why_not_ready(const host::Files& files,
                                                       std::optional<std::uint16_t> port);

}  // namespace sconectl::launch
