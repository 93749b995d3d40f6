#include "connection.hpp"

#include <utility>  // Asio 1.74 uses std::exchange without it

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <poll.h>

#include <limits>

#include "posix.hpp"
#include "resolve.hpp"
#include "sconectl/host/signals.hpp"
#include "tls.hpp"

namespace sconectl::host {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using diag::Error;
using diag::ErrorKind;
using std::chrono::milliseconds;

namespace {

using Socket = beast::basic_stream<asio::generic::stream_protocol>;
using SslSocket = beast::ssl_stream<Socket>;
using Message = http::request<http::span_body<const char>>;
using Parser = http::response_parser<http::string_body>;
using PartsParser = http::response_parser<http::buffer_body>;

constexpr std::uint32_t header_limit = 64 * 1024;
/// Beast 1.74 takes "no limit" for one that every body exceeds.
constexpr std::uint64_t no_body_limit = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t part_size = std::size_t{1} << 18U;

/// Alerts by which a server says that it does not accept our certificate (RFC 8446, 6.2).
bool is_certificate_alert(int reason_code) {
  const int alert = reason_code - SSL_AD_REASON_OFFSET;
  return (alert >= 42 && alert <= 49) || alert == 116;
}

class BeastConnection final : public Connection {
 public:
  /// `where` is "host:port" or the socket's path, for error texts.
  explicit BeastConnection(std::string where) : where_(std::move(where)), socket_(io_) {}

  ~BeastConnection() override {
    // No closing message: after a complete reply nobody waits for it, and it could block.
    error_code ignored;
    lowest().socket().close(ignored);
  }

  void connect(const std::vector<SocketAddress>& addresses, milliseconds timeout) {
    error_code error;
    for (const SocketAddress& address : addresses) {
      const asio::generic::stream_protocol::endpoint endpoint(&address.bytes, address.size);
      expire_after(timeout);
      error_code ignored;
      socket_.socket().close(ignored);
      socket_.socket().open(endpoint.protocol(), error);
      if (error) continue;
      // Asio does not do it: a kept connection must not be inherited by other programs.
      ::fcntl(socket_.socket().native_handle(), F_SETFD, FD_CLOEXEC);
      error = await([&](auto done) { socket_.async_connect(endpoint, std::move(done)); });
      // Our request follows the end of the handshake at once: without this it would wait until the
      // server has acknowledged that, which it delays (40 ms). A socket of the file system has no
      // such option.
      socket_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
      if (!error) return;
    }
    throw Error(ErrorKind::unavailable,
                fmt::format("can not reach {}: {}", where_, explain(error, timeout)));
  }

  /// Asks the proxy for a connection to `server`; what follows on this socket is the server's.
  void tunnel(const Proxy& proxy, const text::Address& server, milliseconds timeout) {
    http::request<http::empty_body> message;
    message.version(11);
    message.method(http::verb::connect);
    message.target(server.authority());
    message.set(http::field::host, server.authority());
    message.set(http::field::user_agent, "sconectl");
    if (!proxy.authorization.empty())
      message.set(http::field::proxy_authorization, proxy.authorization);
    expire_after(timeout);
    error_code error =
        await([&](auto done) { http::async_write(socket_, message, std::move(done)); });
    beast::flat_buffer buffer;
    http::response_parser<http::empty_body> parser;
    parser.header_limit(header_limit);
    parser.skip(true);
    if (!error) error = await([&](auto done) { read_head(buffer, parser, std::move(done)); });
    const auto refuse = [&](const std::string& why) {
      throw Error(ErrorKind::unavailable,
                  fmt::format("the proxy {} of {} does not connect to {}: {}",
                              proxy.server.authority(), proxy.variable, where_, why));
    };
    if (error) refuse(explain(error, timeout));
    const auto status = parser.get().result_int();
    constexpr unsigned wants_credentials = 407;
    if (status == wants_credentials)
      refuse(proxy.authorization.empty() ? "it wants a user and a password"
                                         : "it does not accept the user and password");
    if (status / 100 != 2) refuse(fmt::format("it answers with status {}", status));
    if (buffer.size() != 0) refuse("it says more than it was asked");
  }

  void shake_hands(const Tls& tls, const std::string& host, milliseconds timeout) {
    asio::ssl::context context(asio::ssl::context::tls_client);
    set_up_tls(context.native_handle(), tls);
    ssl_ = std::make_unique<SslSocket>(std::move(socket_), context);
    set_up_server_name(ssl_->native_handle(), tls.trust, host);
    expire_after(timeout);
    const error_code error = await(
        [&](auto done) { ssl_->async_handshake(asio::ssl::stream_base::client, std::move(done)); });
    const bool verified = !std::holds_alternative<Unverified>(tls.trust);
    const std::string distrust = verified ? why_not_trusted(ssl_->native_handle()) : "";
    if (error && !distrust.empty()) {
      throw Error(ErrorKind::refused,
                  fmt::format("the certificate of {} is not trusted: {}", where_, distrust));
    }
    if (error) throw_failure(error, "TLS handshake failed", timeout);
    chain_ = peer_chain(ssl_->native_handle());
  }

  const std::vector<std::string>& chain() const override { return chain_; }

  HttpResponse exchange(const Url& url, const HttpRequest& request) override {
    const bool used_before = std::exchange(used_, true);
    reusable_ = false;
    const Message message = encode(url, request);
    if (request.timeout.count() > 0) {
      expire_after(request.timeout);
    } else {
      lowest().expires_never();
    }
    error_code error = await([&](auto done) { write(message, std::move(done)); });
    beast::flat_buffer buffer;
    Parser parser;
    // A server may refuse a request before it has read all of it, and close: read its answer.
    const error_code write_error = error;
    if (write_error != beast::error::timeout) error = read_reply(buffer, parser, request);
    if (error && used_before && !parser.got_some() && error != beast::error::timeout) {
      throw ConnectionWasClosed{};
    }
    if (error == http::error::body_limit) {
      throw Error(ErrorKind::failed, fmt::format("the reply of {} is longer than {} bytes", where_,
                                                 request.response_limit));
    }
    // A TLS alert says more than the reset that follows it.
    const bool alert = error.category() == asio::error::get_ssl_category();
    if (error)
      throw_failure(write_error && !alert ? write_error : error, "no reply", request.timeout);
    reusable_ = parser.keep_alive() && !write_error;
    if (wants_parts(parser, request)) return take_parts(buffer, std::move(parser), request);
    return decode(parser.release());
  }

  bool reusable() const override {
    if (!reusable_) return false;
    // Unread bytes are no bad sign (TLS sends tickets), but a closed other side is.
    const Socket& lowest_socket = ssl_ ? ssl_->next_layer() : socket_;
    auto& socket = const_cast<Socket&>(lowest_socket).socket();
    pollfd state{socket.native_handle(), POLLRDHUP, 0};
    return ::poll(&state, 1, 0) == 0;
  }

 private:
  /// Starts an operation and runs it to its end; interrupts are noticed in between.
  template <class Start>
  error_code await(Start start) {
    bool ended = false;
    error_code result;
    io_.restart();
    start([&](error_code error, auto&&...) {
      ended = true;
      result = error;
    });
    while (!ended) {  // NOLINT(bugprone-infinite-loop): the handler changes it
      io_.run_one_for(interrupt_latency);
      if (!ended) throw_if_interrupted();
    }
    return result;
  }

  Socket& lowest() { return ssl_ ? ssl_->next_layer() : socket_; }
  void expire_after(milliseconds timeout) { lowest().expires_after(timeout); }

  template <class Done>
  void write(const Message& message, Done done) {
    if (ssl_) {
      http::async_write(*ssl_, message, std::move(done));
    } else {
      http::async_write(socket_, message, std::move(done));
    }
  }
  template <class AnyParser, class Done>
  void read_head(beast::flat_buffer& buffer, AnyParser& parser, Done done) {
    if (ssl_) {
      http::async_read_header(*ssl_, buffer, parser, std::move(done));
    } else {
      http::async_read_header(socket_, buffer, parser, std::move(done));
    }
  }
  template <class AnyParser, class Done>
  void read(beast::flat_buffer& buffer, AnyParser& parser, Done done) {
    if (ssl_) {
      http::async_read(*ssl_, buffer, parser, std::move(done));
    } else {
      http::async_read(socket_, buffer, parser, std::move(done));
    }
  }

  error_code read_reply(beast::flat_buffer& buffer, Parser& parser, const HttpRequest& request) {
    parser.header_limit(header_limit);
    // A body that is passed on may be of any length, and is told by the head of the reply.
    parser.body_limit(request.take ? no_body_limit : request.response_limit);
    if (request.method == "HEAD") parser.skip(true);
    error_code error = await([&](auto done) { read_head(buffer, parser, std::move(done)); });
    if (error || parser.is_done() || wants_parts(parser, request)) return error;
    parser.body_limit(request.response_limit);
    // Beast 1.74 forgets its own limit when the reply says its length.
    if (parser.content_length().value_or(0) > request.response_limit) {
      return make_error_code(http::error::body_limit);
    }
    return await([&](auto done) { read(buffer, parser, std::move(done)); });
  }

  static bool wants_parts(const Parser& parser, const HttpRequest& request) {
    constexpr unsigned ok = 200;
    return request.take && request.method != "HEAD" && parser.is_header_done() &&
           parser.get().result_int() == ok;
  }

  /// After the head of a reply.
  HttpResponse take_parts(beast::flat_buffer& buffer, Parser&& head, const HttpRequest& request) {
    const bool keeps = std::exchange(reusable_, false);
    PartsParser parser(std::move(head));
    parser.body_limit(no_body_limit);
    std::vector<char> part(part_size);
    while (!parser.is_done()) {
      auto& body = parser.get().body();
      body.data = part.data();
      body.size = part.size();
      if (request.timeout.count() > 0) expire_after(request.timeout);
      const error_code error = await([&](auto done) { read(buffer, parser, std::move(done)); });
      if (error && error != http::error::need_buffer)
        throw_failure(error, "an incomplete reply", request.timeout);
      request.take({part.data(), part.size() - body.size});
    }
    reusable_ = keeps;
    HttpResponse response;
    describe(parser.get(), response);
    return response;
  }

  static Message encode(const Url& url, const HttpRequest& request) {
    Message message;
    message.version(11);
    message.method_string(request.method);
    message.target(url.target);
    message.set(http::field::host, url.host());
    message.set(http::field::user_agent, "sconectl");
    for (const auto& [name, value] : request.headers) message.set(name, value);
    // The body is sent from where it lies: it may hold secrets, and a copy would have to be wiped.
    message.body() = {request.body.data(), request.body.size()};
    if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD")) {
      message.content_length(request.body.size());
    }
    return message;
  }

  /// All but the body.
  template <class AnyMessage>
  void describe(const AnyMessage& message, HttpResponse& response) const {
    response.status = static_cast<int>(message.result_int());
    for (const auto& field : message) {
      response.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    response.peer_chain = chain_;
  }

  HttpResponse decode(http::response<http::string_body> message) const {
    HttpResponse response;
    describe(message, response);
    response.body = std::move(message.body());
    return response;
  }

  [[noreturn]] void throw_failure(const error_code& error, const char* what,
                                  milliseconds timeout) const {
    if (error.category() == asio::error::get_ssl_category()) {
      const int code = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
      if (is_certificate_alert(code)) {
        throw Error(ErrorKind::refused, fmt::format("{} does not accept our certificate: {}",
                                                    where_, explain(error, timeout)));
      }
    }
    throw Error(ErrorKind::unavailable,
                fmt::format("{} from {}: {}", what, where_, explain(error, timeout)));
  }

  static std::string explain(const error_code& error, milliseconds timeout) {
    if (error == beast::error::timeout) {
      return fmt::format("no answer within {} seconds",
                         static_cast<double>(timeout.count()) / 1000.0);
    }
    if (error == http::error::end_of_stream || error == asio::error::eof ||
        error == asio::ssl::error::stream_truncated) {
      return "the connection was closed";
    }
    if (error.category() == boost::system::system_category()) return reason(error.value());
    if (error.category() == asio::error::get_ssl_category()) {
      const char* text = ERR_reason_error_string(static_cast<unsigned long>(error.value()));
      if (text != nullptr) return text;
    }
    return error.message();
  }

  std::string where_;
  asio::io_context io_{1};
  Socket socket_;
  std::unique_ptr<SslSocket> ssl_;
  std::vector<std::string> chain_;
  bool used_ = false;
  bool reusable_ = false;
};

}  // namespace

std::unique_ptr<Connection> Connection::open(const Url& url, const std::optional<Proxy>& proxy,
                                             const HttpRequest& request, const Tls& tls) {
  const bool local = !request.unix_socket.empty();
  const text::Address& next = proxy ? proxy->server : url.server;
  auto connection =
      std::make_unique<BeastConnection>(local ? request.unix_socket : url.server.authority());
  try {
    connection->connect(local ? std::vector{unix_address(request.unix_socket)}
                              : resolve(next, request.connect_timeout),
                        request.connect_timeout);
  } catch (const Error& error) {
    if (!proxy) throw;
    throw error.within(
        fmt::format("the proxy of {} is not reached, {}", proxy->variable, next.authority()));
  }
  if (proxy) connection->tunnel(*proxy, url.server, request.connect_timeout);
  if (url.scheme == Scheme::https)
    connection->shake_hands(tls, url.server.host, request.connect_timeout);
  return connection;
}

}  // namespace sconectl::host
