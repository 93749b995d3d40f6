// One connection to a server, with or without TLS. The implementation is the only file that sees
// Boost.
#pragma once

#include <memory>

#include "sconectl/host/http.hpp"

namespace sconectl::host {

/// The other side closed a kept connection before it answered: the request was not looked at.
struct ConnectionWasClosed {};

class Connection {
 public:
  /// Connects, by the proxy if there is one, and, for https, shakes hands. Throws as Http::send
  /// does. `url` and `request` say where; `tls` how.
  static std::unique_ptr<Connection> open(const Url& url, const std::optional<Proxy>& proxy,
                                          const HttpRequest& request, const Tls& tls);
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;

  /// The server's certificates, leaf first, PEM.
  [[nodiscard]] virtual const std::vector<std::string>& chain() const = 0;
  /// Sends a request and reads the reply. Throws ConnectionWasClosed instead of an Error if
  /// nothing at all came back and the connection was used before.
  virtual HttpResponse exchange(const Url& url, const HttpRequest& request) = 0;
  /// Whether another request can follow, as far as one can know.
  [[nodiscard]] virtual bool reusable() const = 0;
};

}  // namespace sconectl::host
