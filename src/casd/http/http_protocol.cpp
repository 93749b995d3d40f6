#include "casd/http/http_protocol.hpp"
#include "casd/connections/engine.hpp"
// The engine first: it makes Boost.Asio 1.74 fit for C++20.
#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <limits>
#include <optional>

#include "casd/connections/tls_context.hpp"
#include "casd/connections/tls_stream.hpp"
#include "casd/routes/refusal.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::casd {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Failure = beast::error_code;

/// What a client may still send after it was refused.
constexpr std::chrono::seconds longest_drain{2};
constexpr std::size_t most_drained = 512UL * 1024;

const beast::string_view hops_header(cas::import_hops_header.data(),
                                     cas::import_hops_header.size());

constexpr const char* trace_header = "traceparent";

std::uint16_t port_of_server(const asio::ip::tcp::socket& socket) {
  boost::system::error_code unknown;
  const auto port = socket.local_endpoint(unknown).port();
  return unknown ? std::uint16_t{0} : port;
}

std::string text(beast::string_view view) {
  return {view.data(), view.size()};
}

/// Of a request that another CAS makes; what can not be read is as many as can be.
std::size_t hops_of(const std::string& header) {
  if (header.empty()) return 0;
  return text::number<std::size_t>(header).value_or(std::numeric_limits<std::size_t>::max());
}

/// One client: handshake, then request after request.
class HttpConnection : public OpenConnection, public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(ConnectionServer::Engine& engine, asio::ip::tcp::socket socket,
                 std::shared_ptr<SSL_CTX> tls, Port port)
      : engine_(engine),
        tls_(std::move(tls)),
        peer_{std::nullopt, source_of(socket)},
        server_port_(engine.service.traced() ? port_of_server(socket) : std::uint16_t{0}),
        stream_(std::move(socket)),
        timer_(stream_.get_executor()),
        port_(port),
        buffer_(engine.limits.header_bytes + engine.limits.small_body_bytes) {}
  ~HttpConnection() override {
    end_large_body();
    engine_.leave(this);
  }

  void start() {
    if (!engine_.enter(this)) return;
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->handshake(); });
  }

  [[nodiscard]] std::shared_ptr<OpenConnection> kept() override { return weak_from_this().lock(); }

  void finish() override {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
      self->finishing_ = true;
      if (self->idle_) self->close();
    });
  }

  [[nodiscard]] const std::string& source() const override { return peer_.source; }

 private:
  using Time = asio::steady_timer::time_point;

  /// From now on; until the next call, or until there is no limit.
  void limit_time() {
    deadline_ = asio::steady_timer::clock_type::now() + engine_.patience();
    // The timer is left to ring too early, rather than set anew for every request.
    if (deadline_ < rings_) ring_at(deadline_);
  }
  void lift_time_limit() { deadline_ = Time::max(); }
  void ring_at(Time time) {
    rings_ = time;
    timer_.expires_at(time);
    timer_.async_wait([weak = weak_from_this()](Failure failure) {
      if (const auto self = weak.lock(); self && !failure) self->ring();
    });
  }
  void ring() {
    if (asio::steady_timer::clock_type::now() < rings_) return;  // it was set anew meanwhile
    rings_ = Time::max();
    if (asio::steady_timer::clock_type::now() >= deadline_) return close();
    if (deadline_ != Time::max()) ring_at(deadline_);
  }
  void close() { stream_.close(); }

  /// A client that says nothing has no TLS state yet.
  void handshake() {
    limit_time();
    stream_.async_wait_readable([self = shared_from_this()](Failure failure) {
      if (failure) return self->close();
      self->stream_.async_handshake(self->tls_.get(), [self](Failure refused, std::size_t) {
        if (refused) {
          self->engine_.count_failed_handshake(refused);
          return self->close();
        }
        self->peer_.certificate_pem = peer_certificate(self->stream_.native());
        self->next_request();
      });
    });
  }

  void next_request() {
    if (finishing_) return shut_down();
    limit_time();
    idle_ = buffer_.size() == 0;
    if (!idle_) return read_header();
    // Until it comes this connection should cost little.
    buffer_.shrink_to_fit();
    parser_.reset();
    stream_.async_wait_readable([self = shared_from_this()](Failure failure) {
      if (failure) return self->close();
      self->read_header();
    });
  }

  void read_header() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(engine_.limits.header_bytes));
    parser_->body_limit(engine_.limits.body_bytes);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](Failure failure, std::size_t) {
                              self->idle_ = false;
                              self->on_header(failure);
                            });
  }

  void on_header(Failure failure) {
    if (failure) return on_read_failure(failure);
    const auto& header = parser_->get();
    if (const char* fault = framing_fault(header)) return refuse(400, fault);
    const std::string_view target(header.target().data(), header.target().size());
    if (auto refused = engine_.service.refuse_too_many(peer_.source, target))
      return put_off(std::move(*refused));
    if (!admit_body()) return;
    if (beast::iequals(header[http::field::expect], "100-continue")) return send_continue();
    read_body();
  }

  /// What makes it unclear which bytes belong to the request (RFC 9112, 3.2 and 6.3), or nullptr.
  static const char* framing_fault(const http::request<http::string_body>& header) {
    if (header.version() >= 11 && header.count(http::field::host) != 1)
      return "a request has exactly one Host header";
    const auto codings = header.equal_range(http::field::transfer_encoding);
    for (auto coding = codings.first; coding != codings.second; ++coding)
      if (!beast::iequals(coding->value(), "chunked"))
        return "the only Transfer-Encoding is 'chunked'";
    return nullptr;
  }

  /// Large bodies are for clients that have a certificate, and not for many at a time: their memory
  /// is taken before anybody has looked at them.
  bool admit_body() {
    const auto& limits = engine_.limits;
    const auto length = parser_->content_length();
    const bool small = length ? *length <= limits.small_body_bytes : !parser_->chunked();
    if (small) return true;
    if (!peer_.certificate_pem) {
      if (!length) {
        parser_->body_limit(limits.small_body_bytes);
        return true;
      }
      refuse(413, "a body of this size needs a TLS client certificate");
      return false;
    }
    if (engine_.large_bodies++ >= limits.large_bodies) {
      --engine_.large_bodies;
      refuse(503, "too many large requests at the same time; try again");
      return false;
    }
    large_body_ = true;
    return true;
  }
  void end_large_body() {
    if (std::exchange(large_body_, false)) engine_.end_large_body();
  }

  /// Answers, and ends the connection.
  void refuse(int status, std::string why) {
    keep_alive_ = false;
    refused_ = true;
    received_ = asio::steady_timer::clock_type::now();
    respond(refusal(status, std::move(why)));
  }

  /// The connection stays, as a new one costs more; unless there is a body, which nobody reads.
  void put_off(Response response) {
    keep_alive_ = parser_->is_done() && parser_->get().keep_alive();
    refused_ = !keep_alive_;
    lift_time_limit();
    received_ = asio::steady_timer::clock_type::now();
    respond(std::move(response));
  }

  /// The client waits before it sends a large body (curl does).
  void send_continue() {
    auto reply = std::make_shared<http::response<http::empty_body>>(http::status::continue_, 11);
    http::async_write(stream_, *reply,
                      [self = shared_from_this(), reply](Failure failure, std::size_t) {
                        if (failure) return self->close();
                        self->read_body();
                      });
  }

  void read_body() {
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](Failure failure, std::size_t) {
                       if (failure) return self->on_read_failure(failure);
                       self->on_request();
                     });
  }

  /// What can be answered is answered, then the connection ends: nothing behind it can be trusted.
  void on_read_failure(Failure failure) {
    if (failure == http::error::end_of_stream) return shut_down();
    if (failure == http::error::body_limit)
      return refuse(413, "the request body is too large: at most " +
                             std::to_string(engine_.limits.body_bytes) + " bytes, and " +
                             std::to_string(engine_.limits.small_body_bytes) +
                             " without a TLS client certificate");
    if (failure == http::error::header_limit) return refuse(431, "the request header is too large");
    if (failure.category() == make_error_code(http::error::bad_method).category())
      return refuse(400, "this is not HTTP/1.1: " + failure.message());
    close();
  }

  void on_request() {
    lift_time_limit();
    received_ = asio::steady_timer::clock_type::now();
    auto message = parser_->release();
    keep_alive_ = message.keep_alive();
    trace_ = begin_trace(message);
    Request request{text(message.method_string()),
                    text(message.target()),
                    text(message[http::field::content_type]),
                    std::move(message.body()),
                    peer_,
                    port_,
                    hops_of(text(message[hops_header])),
                    trace_};
    // What needs the disk or another CAS waits for it in a thread of its own.
    if (auto response = engine_.service.handle_at_once(request))
      return respond(std::move(*response));
    auto& threads = engine_.threads_for(port_, request.body.size());
    threads.post(peer_.source, [self = shared_from_this(), request = std::move(request)] {
      auto response = self->engine_.service.handle(request);
      asio::post(self->stream_.get_executor(), [self, response = std::move(response)]() mutable {
        self->respond(std::move(response));
      });
    });
  }

  /// More than one `traceparent` is none.
  std::shared_ptr<Trace> begin_trace(const http::request<http::string_body>& message) {
    if (!engine_.service.traced()) return nullptr;
    const auto parent = message.count(trace_header) == 1 ? message[trace_header] : "";
    const auto method = message.method_string();
    return engine_.service.begin_trace({method.data(), method.size()},
                                       {parent.data(), parent.size()}, server_port_, received_);
  }

  void respond(Response response) {
    end_large_body();
    if (const auto trace = std::exchange(trace_, nullptr))
      engine_.service.end_trace(*trace, response);
    engine_.metrics.count_request(response.route, response.status,
                                  asio::steady_timer::clock_type::now() - received_);
    response_ = {};
    response_.version(11);
    response_.result(static_cast<unsigned>(response.status));
    response_.set(http::field::content_type, response.content_type);
    response_.set(http::field::cache_control, "no-store");  // RA-007
    for (const auto& [name, value] : response.headers) response_.set(name, value);
    response_.keep_alive(keep_alive_ && !finishing_);
    response_.body() = std::move(response.body);
    response_.content_length(response_.body().size());
    limit_time();
    http::async_write(stream_, response_,
                      [self = shared_from_this()](Failure failure, std::size_t) {
                        if (failure) return self->close();
                        const bool more = self->response_.keep_alive();
                        self->response_ = {};
                        if (!more) return self->shut_down();
                        self->next_request();
                      });
  }

  void shut_down() {
    limit_time();
    stream_.async_shutdown([self = shared_from_this()](Failure, std::size_t) {
      if (!self->refused_) return self->close();
      self->deadline_ =
          std::min(self->deadline_, asio::steady_timer::clock_type::now() + longest_drain);
      self->ring_at(self->deadline_);
      self->drain(0);
    });
  }

  /// The client may still be sending what was refused. Closing a socket with unread bytes resets
  /// the connection, and whoever is still sending then never reads the answer.
  void drain(std::size_t dropped) {
    stream_.async_drop([self = shared_from_this(), dropped](Failure failure, std::size_t bytes) {
      if (failure || dropped + bytes > most_drained) return self->close();
      self->drain(dropped + bytes);
    });
  }

  ConnectionServer::Engine& engine_;
  std::shared_ptr<SSL_CTX> tls_;
  Peer peer_;
  const std::uint16_t server_port_;  ///< for traces
  TlsStream stream_;
  asio::steady_timer timer_;
  Time deadline_ = Time::max();
  Time rings_ = Time::max();  ///< when the timer does
  Time received_{};           ///< the present request
  Port port_;
  std::shared_ptr<Trace> trace_;  ///< of the present request; a null pointer: it is not traced
  /// Holds a header, or the framing between pieces of a body; never more.
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  bool keep_alive_ = false;
  /// Between two requests.
  bool idle_ = true;
  bool finishing_ = false;
  bool large_body_ = false;
  bool refused_ = false;
};

class HttpProtocol final : public Protocol {
 public:
  HttpProtocol(const Service& service, Port port) : Protocol(tls_context(service)), port_(port) {}

  void serve(ConnectionServer::Engine& engine, asio::ip::tcp::socket socket) override {
    std::make_shared<HttpConnection>(engine, std::move(socket), tls(), port_)->start();
  }

 protected:
  [[nodiscard]] asio::ssl::context context(const Service& service) const override {
    return tls_context(service);
  }

 private:
  const Port port_;
};

}  // namespace

std::shared_ptr<Protocol> http_protocol(Service& service, Port port) {
  return std::make_shared<HttpProtocol>(service, port);
}

}  // namespace sconectl::casd
