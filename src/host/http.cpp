#include "sconectl/host/http.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "connection.hpp"
#include "resolve.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "tls.hpp"

namespace sconectl::host {

using diag::Error;
using diag::ErrorKind;

namespace {

constexpr std::size_t max_kept = 16;

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return c > 0x20 && c < 0x7f && c != ':'; });
}

/// Nothing that a caller passes may break out of its place in the request's head.
void check_head(const HttpRequest& request) {
  bool clean = is_token(request.method);
  for (const auto& [name, value] : request.headers) {
    clean = clean && is_token(name) &&
            value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
  }
  if (!clean) throw Error(ErrorKind::invalid, "a header of the request has a forbidden character");
}

void check_server(const Tls& tls, const Connection& connection, const std::string& where) {
  if (!tls.verify || tls.verify(connection.chain())) return;
  throw Error(ErrorKind::refused,
              fmt::format("{} presented a certificate that is not the expected one", where));
}

/// What a cloud's own machines answer on; it does not leave the hypervisor.
constexpr std::string_view cloud_machine_service = "169.254.169.254";

struct Kept {
  Scheme scheme;
  text::Address server;
  std::string unix_socket;
  std::optional<Proxy> proxy;
  Tls tls;
  std::unique_ptr<Connection> connection;
};

class SystemHttp final : public Http {
 public:
  explicit SystemHttp(Proxies proxies) : proxies_(std::move(proxies)) {}

  HttpResponse send(const HttpRequest& request, const Tls& tls) override {
    const Url url = parse_url(request.url);
    check_head(request);
    if (url.scheme == Scheme::http && request.unix_socket.empty() &&
        !text::is_loopback(url.server.host) && url.server.host != cloud_machine_service) {
      throw Error(ErrorKind::invalid, fmt::format("'{}' is not encrypted; use https", request.url));
    }
    const bool may_take_proxy = request.way == Way::outside && url.scheme == Scheme::https;
    const Target target{url, may_take_proxy ? proxies_.to(url.server) : std::nullopt};
    if (auto kept = take(target, request, tls)) {
      try {
        return send_on(std::move(kept), target, request, tls);
      } catch (const ConnectionWasClosed&) {  // it was closed while idle; a fresh one will do
      }
    }
    return send_on(Connection::open(url, target.proxy, request, tls), target, request, tls);
  }

 private:
  struct Target {
    const Url& url;
    std::optional<Proxy> proxy;
  };

  HttpResponse send_on(std::unique_ptr<Connection> connection, const Target& target,
                       const HttpRequest& request, const Tls& tls) {
    const Url& url = target.url;
    if (url.scheme == Scheme::https) check_server(tls, *connection, url.server.authority());
    HttpResponse response = connection->exchange(url, request);
    if (connection->reusable()) keep(std::move(connection), target, request, tls);
    return response;
  }

  std::unique_ptr<Connection> take(const Target& target, const HttpRequest& request,
                                   const Tls& tls) {
    const std::scoped_lock guard(mutex_);
    for (auto kept = kept_.begin(); kept != kept_.end();) {
      const bool fits = kept->scheme == target.url.scheme && kept->server == target.url.server &&
                        kept->proxy == target.proxy && kept->unix_socket == request.unix_socket &&
                        same_identity_and_trust(kept->tls, tls);
      if (!fits) {
        ++kept;
        continue;
      }
      std::unique_ptr<Connection> connection = std::move(kept->connection);
      kept = kept_.erase(kept);
      if (connection->reusable()) return connection;
    }
    return nullptr;
  }

  void keep(std::unique_ptr<Connection> connection, const Target& target,
            const HttpRequest& request, const Tls& tls) {
    const std::scoped_lock guard(mutex_);
    if (kept_.size() >= max_kept) kept_.erase(kept_.begin());
    kept_.push_back({target.url.scheme, target.url.server, request.unix_socket, target.proxy,
                     Tls{tls.client, tls.trust, {}}, std::move(connection)});
  }

  const Proxies proxies_;
  std::mutex mutex_;
  std::vector<Kept> kept_;
};

}  // namespace

std::string HttpResponse::header(std::string_view name) const {
  for (const auto& [field, value] : headers) {
    if (text::equal_ignoring_case(field, name)) return value;
  }
  return "";
}

std::unique_ptr<Http> system_http(Proxies proxies) {
  return std::make_unique<SystemHttp>(std::move(proxies));
}

}  // namespace sconectl::host
