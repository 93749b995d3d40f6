// Sockets, threads and bounds for all who connect, whatever they speak.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "sconectl/casd/server.hpp"
#include "sconectl/casd/service.hpp"

namespace sconectl::casd {

class Protocol;

/// Connections are served in threads of their own, one per core: TLS, parsing, and every answer
/// that waits for nothing. Requests that may have to wait, for the disk or for another CAS, do so
/// in other threads, so that many of them share one sync and none holds up a read.
class ConnectionServer {
 public:
  ConnectionServer(Service& service, const ServerLimits& limits, std::size_t threads);
  /// As stop() without patience.
  ~ConnectionServer();
  ConnectionServer(const ConnectionServer&) = delete;
  ConnectionServer& operator=(const ConnectionServer&) = delete;

  /// Binds `ip:port` or `[v6]:port`; returns the address in use. Throws Error{unavailable}, or
  /// Error{usage} for a text that is no such address.
  std::string listen(const std::string& address, std::shared_ptr<Protocol> protocol);
  /// As listen(); false if another program listens there.
  bool try_listen(const std::string& address, std::shared_ptr<Protocol> protocol);
  void start();
  /// Closes the listeners and idle connections and waits so long at most for the others.
  void stop(std::chrono::milliseconds patience);
  [[nodiscard]] std::size_t open_connections() const;
  /// Every thread that serves connections takes a turn within this time.
  [[nodiscard]] bool responsive(std::chrono::milliseconds patience);

  struct Engine;

 private:
  std::unique_ptr<Engine> engine_;
};

}  // namespace sconectl::casd
