// HTTP requests to other machines.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sconectl/host/proxies.hpp"
#include "sconectl/text/address.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::host {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// How a request gets to its server.
enum class Way {
  direct,   ///< what is ours, and this machine
  outside,  ///< a public service: by the proxy that the environment names, if it names one
};

/// `url` is https://HOST[:PORT]/TARGET, or http:// for a loopback address and the machine
/// service of clouds (169.254.169.254) only. With `unix_socket`
/// set, the connection goes to that socket instead (the Docker daemon) and any host name will do.
struct HttpRequest {
  std::string method = "GET";
  std::string url;
  HttpHeaders headers;
  std::string body;
  std::string unix_socket;
  Way way = Way::direct;
  std::chrono::milliseconds connect_timeout{10'000};   ///< name look-up, connection and handshake
  std::chrono::milliseconds timeout{60'000};           ///< the whole request; 0: no limit
  std::size_t response_limit = std::size_t{64} << 20;  ///< bytes of the reply's body
  /// Takes the body of a reply of status 200 as it comes, however long it is: then the reply's own
  /// is empty, no limit counts, and `timeout` is for each part.
  std::function<void(std::string_view part)> take = {};
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;
  std::string body;
  /// The certificates that the server presented, leaf first, PEM. Empty without TLS.
  std::vector<std::string> peer_chain;

  /// The first header of this name (any case), or "".
  [[nodiscard]] std::string header(std::string_view name) const;
};

/// Whether the certificate must be one for the host that the URL names. For a CAS it need not: its
/// key is its identity, and it is reached under many names (CL-016). An authority that vouches for
/// other servers, too, says nothing without the name.
enum class HostName { ignored, compared };

/// The server's chain must end in one of these certificates.
struct ChainTo {
  std::vector<std::string> roots;  ///< PEM
  HostName host_name = HostName::ignored;
};
/// Public servers: the system's certificate authorities, and the host name must match.
struct SystemTrust {};
/// Any certificate (`curl -k`). Only together with `Tls::verify`, or for what is public anyway.
struct Unverified {};
using ServerTrust = std::variant<SystemTrust, ChainTo, Unverified>;

/// A client certificate with its key; the key is wiped from memory when the object goes.
struct ClientCertificate {
  std::string chain_pem;
  std::string key_pem;

  ClientCertificate() = default;
  ClientCertificate(std::string chain, std::string key)
      : chain_pem(std::move(chain)), key_pem(std::move(key)) {}
  ClientCertificate(const ClientCertificate&) = default;
  ClientCertificate(ClientCertificate&&) = default;
  ClientCertificate& operator=(const ClientCertificate&) = default;
  ClientCertificate& operator=(ClientCertificate&&) = default;
  ~ClientCertificate();
};

/// How to speak TLS (1.2 or newer) for a request.
struct Tls {
  std::optional<ClientCertificate> client;
  ServerTrust trust = SystemTrust{};
  /// Asked with the server's chain (PEM, leaf first) before a byte of the request is sent; `false`
  /// ends the request with Error{refused}. It may throw an error with a better text of its own.
  std::function<bool(const std::vector<std::string>& chain)> verify = {};
};

/// A client that keeps its connections for the next request to the same server with the same
/// identity and trust. Safe to use from several threads.
class Http {
 public:
  Http() = default;
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;
  virtual ~Http() = default;

  /// Sends a request and returns the reply, whatever its status is; redirects are not followed.
  /// Throws Error{unavailable} when the server can not be reached, does not speak TLS or does not
  /// answer in time (the text names host:port and the reason, never a body), Error{refused} when
  /// its certificate is not trusted, Error{invalid} for a URL that makes no sense.
  virtual HttpResponse send(const HttpRequest& request, const Tls& tls) = 0;
  HttpResponse send(const HttpRequest& request) { return send(request, Tls{}); }
};

enum class Scheme { https, http };
[[nodiscard]] constexpr auto words_of(Scheme) {
  return text::words<Scheme::http>("https", "http");
}

/// The parts of a URL; `target` starts with '/'.
struct Url {
  Scheme scheme = Scheme::https;
  text::Address server;
  std::string target;

  /// What the header Host says: without a port that is the scheme's own (RFC 9110, 7.2).
  [[nodiscard]] std::string host() const;
};

/// Takes a URL apart; the port is the scheme's default if absent. Throws Error{invalid}.
[[nodiscard]] Url parse_url(std::string_view text);

/// The real network.
[[nodiscard]] std::unique_ptr<Http> system_http(Proxies proxies = {});

}  // namespace sconectl::host
