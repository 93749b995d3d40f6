// TLS on a socket. asio::ssl::stream holds 68 kB of buffers for every connection, from its first
// moment; this one lets OpenSSL read and write the socket, and has nothing before the client talks.
#pragma once

#include <utility>
// <utility> before Boost.Asio 1.74, which forgets it under C++20.
#include <openssl/ssl.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <optional>

namespace sconectl::casd {

/// The server's side of one connection, a stream as Beast wants it. One operation at a time, all in
/// the socket's executor; every handler gets (error, bytes).
class TlsStream {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Failure = boost::system::error_code;
  using executor_type = Socket::executor_type;

  explicit TlsStream(Socket socket);

  executor_type get_executor() { return socket_.get_executor(); }
  /// Ends all operations.
  void close();
  /// Null before the handshake.
  [[nodiscard]] const SSL* native() const { return ssl_.get(); }

  /// Waits for bytes of the client, and needs no memory meanwhile.
  template <class Handler>
  void async_wait_readable(Handler&& handler) {
    if (ssl_ && SSL_has_pending(ssl_.get()) == 1)
      return boost::asio::post(
          get_executor(),
          [handler = std::forward<Handler>(handler)]() mutable { handler(Failure()); });
    socket_.async_wait(Socket::wait_read, std::forward<Handler>(handler));
  }

  template <class Handler>
  void async_handshake(SSL_CTX* context, Handler&& handler) {
    begin(context);
    perform([this] { return handshake(); }, std::forward<Handler>(handler));
  }

  /// Says goodbye and waits for the client's.
  template <class Handler>
  void async_shutdown(Handler&& handler) {
    perform([this] { return shut_down(); }, std::forward<Handler>(handler));
  }

  /// Nothing is sent any more. Drops what the client still sends, below TLS, as it arrives.
  template <class Handler>
  void async_drop(Handler&& handler) {
    Failure ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    socket_.async_wait(Socket::wait_read,
                       [this, handler = std::forward<Handler>(handler)](Failure failure) mutable {
                         std::array<char, 4096> dropped;
                         const auto bytes =
                             failure ? 0 : socket_.read_some(boost::asio::buffer(dropped), failure);
                         // A wait may end before there is anything.
                         if (failure == boost::asio::error::would_block) failure = {};
                         handler(failure, bytes);
                       });
  }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    const boost::asio::mutable_buffer first = *boost::asio::buffer_sequence_begin(buffers);
    perform([this, first] { return read(first); }, std::forward<Handler>(handler));
  }

  /// The header and the body of a reply are two buffers, and should be one record.
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    perform(
        [this, buffers] {
          std::array<char, SSL3_RT_MAX_PLAIN_LENGTH> record;
          return write(
              {record.data(), boost::asio::buffer_copy(boost::asio::buffer(record), buffers)});
        },
        std::forward<Handler>(handler));
  }

 private:
  /// What a call of OpenSSL came to: an end, or a wait after which it is called again.
  struct Step {
    Failure failure;
    std::size_t bytes = 0;
    std::optional<Socket::wait_type> wait;
  };

  void begin(SSL_CTX* context);
  Step handshake();
  Step shut_down();
  Step read(boost::asio::mutable_buffer to);
  Step write(boost::asio::const_buffer from);
  Step outcome(int returned, std::size_t bytes);

  template <class Call, class Handler>
  void perform(Call call, Handler&& handler) {
    enum class At { start, waited, done };
    boost::asio::async_compose<Handler, void(Failure, std::size_t)>(
        [this, call = std::move(call), at = At::start, step = Step()](
            auto& self, Failure failure = {}) mutable {
          if (failure) return self.complete(failure, 0);
          if (at == At::done) return self.complete(step.failure, step.bytes);
          step = call();
          if (step.wait) {
            at = At::waited;
            const auto wait = *step.wait;
            return socket_.async_wait(wait, std::move(self));
          }
          if (at == At::waited) return self.complete(step.failure, step.bytes);
          // A handler does not run inside of the function that takes it.
          at = At::done;
          boost::asio::post(get_executor(), std::move(self));
        },
        handler, socket_);
  }

  Socket socket_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
};

}  // namespace sconectl::casd
