#include "casd/secret_prov/secret_prov_protocol.hpp"

#include "casd/connections/engine.hpp"
// The engine first: it makes Boost.Asio 1.74 fit for C++20.
#include <array>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "casd/connections/tls_context.hpp"
#include "casd/connections/tls_stream.hpp"
#include "casd/log/event.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::casd {
namespace {

namespace asio = boost::asio;
using Failure = boost::system::error_code;

/// Both with the NUL at their end.
constexpr std::string_view request_text("SECRET_PROVISION_RA_TLS_REQUEST_V1\0", 35);
constexpr std::string_view reply_text("SECRET_PROVISION_RA_TLS_RESPONSE_V1:\0", 37);

/// The secret behind its length, 32 bits, big-endian.
crypto::Secret framed(const crypto::Secret& secret) {
  std::string bytes(reply_text);
  bytes.reserve(reply_text.size() + 4 + secret.size());
  for (unsigned shift = 32; shift > 0;) {
    shift -= 8;
    bytes += static_cast<char>(secret.size() >> shift & 0xFFU);
  }
  bytes.append(secret.view());
  return crypto::Secret::adopt(std::move(bytes));
}

/// One enclave: handshake, question, answer. What goes wrong ends the connection; only the log says
/// why.
class SecretProvConnection : public OpenConnection,
                             public std::enable_shared_from_this<SecretProvConnection> {
 public:
  SecretProvConnection(ConnectionServer::Engine& engine, asio::ip::tcp::socket socket,
                       std::shared_ptr<SSL_CTX> tls, Service& service,
                       const std::vector<SecretListener>& listeners, spdlog::logger& log)
      : engine_(engine),
        tls_(std::move(tls)),
        service_(service),
        listeners_(listeners),
        log_(log),
        source_(source_of(socket)),
        stream_(std::move(socket)),
        timer_(stream_.get_executor()) {}
  ~SecretProvConnection() override { engine_.leave(this); }

  void start() {
    if (!engine_.enter(this)) return;
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->handshake(); });
  }

  [[nodiscard]] std::shared_ptr<OpenConnection> kept() override { return weak_from_this().lock(); }
  void finish() override {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
      if (!self->answering_) self->stream_.close();
    });
  }
  [[nodiscard]] const std::string& source() const override { return source_; }

 private:
  /// The protocol has no pauses of its own: each side is as quick as its network.
  void limit_time() {
    timer_.expires_after(engine_.patience());
    timer_.async_wait([weak = weak_from_this()](Failure failure) {
      if (const auto self = weak.lock(); self && !failure) self->stream_.close();
    });
  }

  void handshake() {
    limit_time();
    stream_.async_wait_readable([self = shared_from_this()](Failure failure) {
      if (failure) return self->stream_.close();
      self->stream_.async_handshake(self->tls_.get(), [self](Failure refused, std::size_t) {
        if (refused) {
          self->engine_.count_failed_handshake(refused);
          return self->stream_.close();
        }
        self->read_request();
      });
    });
  }

  void read_request() {
    stream_.async_read_some(asio::buffer(request_.data() + received_, request_.size() - received_),
                            [self = shared_from_this()](Failure failure, std::size_t bytes) {
                              if (failure) return self->stream_.close();
                              self->received_ += bytes;
                              if (self->received_ < self->request_.size())
                                return self->read_request();
                              self->on_request();
                            });
  }

  void on_request() {
    timer_.cancel();
    const auto* listener = listener_for(listeners_, asked_name());
    if (std::string_view(request_.data(), request_.size()) != request_text || listener == nullptr) {
      log_event(log_, Severity::warning, "secret refused",
                {{"source", source_},
                 {"server_name", asked_name()},
                 {"reason", listener == nullptr ? "there is no secret for this server name"
                                                : "the request is not one of secret_prov"}});
      return stream_.close();
    }
    answering_ = true;
    SecretRequest request{.config_id = listener->config_id,
                          .secret = listener->secret,
                          .peer = {peer_certificate(stream_.native()), source_}};
    engine_.services_waiting.post(
        source_, [self = shared_from_this(), request = std::move(request)] {
          auto secret = self->service_.provide_secret(request);
          asio::post(self->stream_.get_executor(), [self, secret = std::move(secret)]() mutable {
            if (!secret) return self->stream_.close();
            self->answer(*secret);
          });
        });
  }

  [[nodiscard]] std::string_view asked_name() const {
    const char* name = SSL_get_servername(stream_.native(), TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
  }

  void answer(const crypto::Secret& secret) {
    reply_ = framed(secret);
    limit_time();
    asio::async_write(
        stream_, asio::buffer(reply_.view()),
        [self = shared_from_this()](Failure failure, std::size_t) {
          self->reply_ = {};
          if (failure) return self->stream_.close();
          self->stream_.async_shutdown([self](Failure, std::size_t) { self->stream_.close(); });
        });
  }

  ConnectionServer::Engine& engine_;
  std::shared_ptr<SSL_CTX> tls_;
  Service& service_;
  const std::vector<SecretListener>& listeners_;
  spdlog::logger& log_;
  const std::string source_;
  TlsStream stream_;
  asio::steady_timer timer_;
  std::array<char, request_text.size()> request_{};
  std::size_t received_ = 0;
  crypto::Secret reply_;
  bool answering_ = false;
};

/// The TLS of the others, which takes any certificate of a client, without a protocol in it.
asio::ssl::context context_for(const Service& service) {
  auto context = tls_context(service);
  SSL_CTX_set_alpn_select_cb(context.native_handle(), nullptr, nullptr);
  return context;
}

class SecretProvProtocol final : public Protocol {
 public:
  SecretProvProtocol(Service& service, std::vector<SecretListener> of_address, spdlog::logger& log)
      : Protocol(context_for(service)),
        service_(service),
        listeners_(std::move(of_address)),
        log_(log) {}

  void serve(ConnectionServer::Engine& engine, asio::ip::tcp::socket socket) override {
    std::make_shared<SecretProvConnection>(engine, std::move(socket), tls(), service_, listeners_,
                                           log_)
        ->start();
  }

 protected:
  [[nodiscard]] asio::ssl::context context(const Service& service) const override {
    return context_for(service);
  }

 private:
  Service& service_;
  const std::vector<SecretListener> listeners_;
  spdlog::logger& log_;
};

}  // namespace

std::shared_ptr<Protocol> secret_prov_protocol(Service& service,
                                               std::vector<SecretListener> of_address,
                                               spdlog::logger& log) {
  return std::make_shared<SecretProvProtocol>(service, std::move(of_address), log);
}

}  // namespace sconectl::casd
