// What is spoken on the addresses of one kind: REST, the service interface, secret_prov.
#pragma once

#include <utility>
// <utility> before Boost.Asio 1.74, which forgets it under C++20.
#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <mutex>
#include <string>

#include "casd/connections/connection_server.hpp"

namespace sconectl::casd {

/// One of them, with a TLS context of its own. The connections of all share the server's threads
/// and bounds. Used from all threads.
class Protocol {
 public:
  explicit Protocol(boost::asio::ssl::context tls) : tls_(shared(tls)) {}
  Protocol(const Protocol&) = delete;
  Protocol& operator=(const Protocol&) = delete;
  virtual ~Protocol() = default;

  /// Serves one accepted socket until it ends, and returns at once.
  virtual void serve(ConnectionServer::Engine& engine, boost::asio::ip::tcp::socket socket) = 0;

  /// For connections from now on: the server has another certificate. From any thread.
  void renew(const Service& service) {
    auto fresh = context(service);
    const std::lock_guard lock(mutex_);
    tls_ = shared(fresh);
  }

 protected:
  [[nodiscard]] virtual boost::asio::ssl::context context(const Service& service) const = 0;
  [[nodiscard]] std::shared_ptr<SSL_CTX> tls() {
    const std::lock_guard lock(mutex_);
    return tls_;
  }

 private:
  static std::shared_ptr<SSL_CTX> shared(boost::asio::ssl::context& context) {
    SSL_CTX* const native = context.native_handle();
    SSL_CTX_up_ref(native);
    return {native, SSL_CTX_free};
  }

  std::mutex mutex_;
  std::shared_ptr<SSL_CTX> tls_;
};

/// Peer::source of who connects.
[[nodiscard]] inline std::string source_of(const boost::asio::ip::tcp::socket& socket) {
  namespace ip = boost::asio::ip;
  boost::system::error_code unknown;
  auto address = socket.remote_endpoint(unknown).address();
  if (unknown) return "";
  if (address.is_v4()) return address.to_string();
  auto bytes = address.to_v6().to_bytes();
  if (address.to_v6().is_v4_mapped())
    return ip::make_address_v4(ip::v4_mapped, address.to_v6()).to_string();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return ip::address_v6(bytes).to_string() + "/64";
}

}  // namespace sconectl::casd
