#include "casd/connections/tls_stream.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>

#include <boost/asio/error.hpp>
#include <new>

namespace sconectl::casd {

namespace {

namespace asio = boost::asio;
using Socket = TlsStream::Socket;

Socket& socket_of(BIO* bio) {
  return *static_cast<Socket*>(BIO_get_data(bio));
}

/// What OpenSSL wants to know: bytes, or -1 and whether to try again.
int transferred(BIO* bio, std::size_t bytes, const TlsStream::Failure& failure, int retry) {
  BIO_clear_retry_flags(bio);
  if (!failure) return static_cast<int>(bytes);
  if (failure == asio::error::would_block) BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
  return -1;
}

int receive(BIO* bio, char* to, int size) {
  TlsStream::Failure failure;
  const auto bytes =
      socket_of(bio).read_some(asio::buffer(to, static_cast<std::size_t>(size)), failure);
  return transferred(bio, bytes, failure, BIO_FLAGS_READ);
}

int send(BIO* bio, const char* from, int size) {
  TlsStream::Failure failure;
  const auto bytes =
      socket_of(bio).write_some(asio::buffer(from, static_cast<std::size_t>(size)), failure);
  return transferred(bio, bytes, failure, BIO_FLAGS_WRITE);
}

long control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/// Asio's socket as OpenSSL sees it. Its own would raise SIGPIPE when the client is gone.
BIO_METHOD* socket_method() {
  static const std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (made == nullptr || BIO_meth_set_read(made, receive) != 1 ||
        BIO_meth_set_write(made, send) != 1 || BIO_meth_set_ctrl(made, control) != 1)
      throw std::bad_alloc();
    return std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)>(made, BIO_meth_free);
  }();
  return method.get();
}

}  // namespace

TlsStream::TlsStream(Socket socket) : socket_(std::move(socket)) {
  Failure ignored;
  socket_.non_blocking(true, ignored);
}

void TlsStream::close() {
  Failure ignored;
  socket_.close(ignored);
}

void TlsStream::begin(SSL_CTX* context) {
  ssl_.reset(SSL_new(context));
  BIO* const bio = ssl_ ? BIO_new(socket_method()) : nullptr;
  if (bio == nullptr) return ssl_.reset();
  BIO_set_data(bio, &socket_);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);  // which owns it now
}

TlsStream::Step TlsStream::handshake() {
  if (!ssl_) return {asio::error::no_memory, 0, {}};
  ERR_clear_error();
  return outcome(SSL_accept(ssl_.get()), 0);
}

TlsStream::Step TlsStream::shut_down() {
  ERR_clear_error();
  int returned = SSL_shutdown(ssl_.get());
  if (returned == 0) returned = SSL_shutdown(ssl_.get());  // sent; now the client's
  return outcome(returned, 0);
}

TlsStream::Step TlsStream::read(asio::mutable_buffer to) {
  ERR_clear_error();
  std::size_t bytes = 0;
  const int returned = SSL_read_ex(ssl_.get(), to.data(), to.size(), &bytes);
  return outcome(returned, bytes);
}

TlsStream::Step TlsStream::write(asio::const_buffer from) {
  if (from.size() == 0) return {};
  ERR_clear_error();
  std::size_t bytes = 0;
  const int returned = SSL_write_ex(ssl_.get(), from.data(), from.size(), &bytes);
  return outcome(returned, bytes);
}

TlsStream::Step TlsStream::outcome(int returned, std::size_t bytes) {
  if (returned == 1) return {{}, bytes, {}};
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return {{}, 0, Socket::wait_read};
    case SSL_ERROR_WANT_WRITE:
      return {{}, 0, Socket::wait_write};
    case SSL_ERROR_ZERO_RETURN:
      return {asio::error::eof, 0, {}};
    case SSL_ERROR_SYSCALL:  // the client is gone
      return {asio::error::connection_reset, 0, {}};
    default:
      return {asio::error::connection_aborted, 0, {}};
  }
}

}  // namespace sconectl::casd
