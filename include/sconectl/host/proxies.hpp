// Proxies for requests that leave the site, as the environment names them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sconectl/host/environment.hpp"
#include "sconectl/text/address.hpp"

namespace sconectl::host {

/// An HTTP proxy that is asked for a tunnel (CONNECT, RFC 9110, 9.3.6).
struct Proxy {
  text::Address server;
  std::string variable;       ///< that names it, for error texts
  std::string authorization;  ///< what Proxy-Authorization is, or ""

  friend bool operator==(const Proxy&, const Proxy&) = default;
};

class Proxies {
 public:
  /// None.
  Proxies() = default;

  /// `https_proxy`, `HTTPS_PROXY`, `all_proxy` or `ALL_PROXY`: HOST:PORT or
  /// http://[USER:PASSWORD@]HOST:PORT (percent-encoded). `no_proxy` or `NO_PROXY`: names (with all
  /// below them), addresses, networks (10.0.0.0/8) and `*`, each with or without a port, separated
  /// by commas. The first variable that is set counts, lower case before upper case, as curl has
  /// it.
  [[nodiscard]] static Proxies from(const Environment& environment);

  /// The proxy on the way to a server. This machine itself needs none. Throws Error{usage} if the
  /// variable makes no sense; it is named without its value, which may hold a password.
  [[nodiscard]] std::optional<Proxy> to(const text::Address& server) const;

 private:
  std::optional<Proxy> proxy_;
  std::string fault_;
  std::vector<std::string> without_;  ///< lower case
};

}  // namespace sconectl::host
