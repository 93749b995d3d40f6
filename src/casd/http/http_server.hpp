// Sockets, TLS and HTTP/1.1 around the service.
#pragma once

#include <memory>
#include <string>

#include "sconectl/casd/server.hpp"
#include "sconectl/casd/service.hpp"

namespace sconectl::casd {

/// Connections are served in threads of their own, one per core: TLS, parsing, and every answer
/// that waits for nothing. Requests that may have to wait, for the disk or for another CAS, do so
/// in other threads, so that many of them share one sync and none holds up a read.
class HttpServer {
 public:
  HttpServer(Service& service, const ServerLimits& limits, std::size_t threads);
  /// As stop().
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Binds `ip:port` or `[v6]:port`; returns the address in use. Throws Error{unavailable}, or
  /// Error{usage} for a text that is no such address.
  std::string listen(const std::string& address, Port port);
  /// As listen(); false if another program listens there.
  bool try_listen(const std::string& address, Port port);
  void start();
  /// Closes the listeners and idle connections and waits, at most five seconds, for the others.
  void stop();

  struct Engine;

 private:
  std::unique_ptr<Engine> engine_;
};

}  // namespace sconectl::casd
