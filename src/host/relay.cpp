#include "sconectl/host/relay.hpp"

#include <utility>  // Asio 1.74 uses std::exchange without it

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "posix.hpp"

namespace sconectl::host {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using boost::system::error_code;

namespace {

using Protocol = asio::generic::stream_protocol;
using RelaySocket = Protocol::socket;
using Acceptor = asio::basic_socket_acceptor<Protocol>;

constexpr std::size_t chunk = std::size_t{16} << 10U;
constexpr std::size_t most_connections = 1'000;
constexpr std::chrono::milliseconds pause_without_descriptors{100};
constexpr mode_t for_everybody = 0666;

Protocol::endpoint name_of(const Endpoint& endpoint) {
  if (const auto* path = std::get_if<fs::path>(&endpoint))
    return Protocol::endpoint(asio::local::stream_protocol::endpoint(path->string()));
  const auto& address = std::get<text::Address>(endpoint);
  return Protocol::endpoint(
      asio::ip::tcp::endpoint(asio::ip::make_address(address.host), address.port));
}

/// Asio does not do it, and other programs inherit what is open.
template <class Open>
void keep_to_ourselves(Open& socket) {
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
}

/// Two sockets, and what is on the way between them. It lives as long as an operation on it does.
class Pair : public std::enable_shared_from_this<Pair> {
 public:
  Pair(RelaySocket accepted, asio::io_context& io, std::shared_ptr<void> counted)
      : accepted_(std::move(accepted)), onward_(io), counted_(std::move(counted)) {}

  void start(const Protocol::endpoint& to) {
    onward_.async_connect(to, [self = shared_from_this()](error_code error) {
      if (error) return self->close();
      keep_to_ourselves(self->onward_);
      self->send_at_once();
      self->copy(self->accepted_, self->onward_, self->forth_);
      self->copy(self->onward_, self->accepted_, self->back_);
    });
  }

 private:
  using Bytes = std::array<char, chunk>;

  /// Small messages do not wait for others; a socket of the file system knows no such option.
  void send_at_once() {
    error_code ignored;
    accepted_.set_option(asio::ip::tcp::no_delay(true), ignored);
    onward_.set_option(asio::ip::tcp::no_delay(true), ignored);
  }

  void copy(RelaySocket& from, RelaySocket& to, Bytes& bytes) {
    from.async_read_some(asio::buffer(bytes), [self = shared_from_this(), &from, &to, &bytes](
                                                  error_code error, std::size_t size) {
      if (error == asio::error::eof) return self->end(to);
      if (error) return self->close();
      asio::async_write(to, asio::buffer(bytes, size),
                        [self, &from, &to, &bytes](error_code failure, std::size_t /*size*/) {
                          if (failure) return self->close();
                          self->copy(from, to, bytes);
                        });
    });
  }

  /// One side has said all; the other one may still talk.
  static void end(RelaySocket& to) {
    error_code ignored;
    to.shutdown(RelaySocket::shutdown_send, ignored);
  }

  void close() {
    error_code ignored;
    accepted_.close(ignored);
    onward_.close(ignored);
  }

  RelaySocket accepted_;
  RelaySocket onward_;
  Bytes forth_{};
  Bytes back_{};
  std::shared_ptr<void> counted_;
};

}  // namespace

std::string text_of(const Endpoint& endpoint) {
  if (const auto* path = std::get_if<fs::path>(&endpoint)) return path->string();
  return std::get<text::Address>(endpoint).authority();
}

bool accepts_connections(const Endpoint& endpoint) try {
  asio::io_context io;
  RelaySocket socket(io);
  error_code error;
  socket.connect(name_of(endpoint), error);
  return !error;
} catch (const boost::system::system_error&) {
  return false;
}

struct Relay::Running {
  Running(const Endpoint& from, Protocol::endpoint destination)
      : to(std::move(destination)), acceptor(io), pause(io) {
    const Protocol::endpoint name = name_of(from);
    if (const auto* given = std::get_if<fs::path>(&from)) path = *given;
    if (!path.empty()) ::unlink(path.c_str());
    acceptor.open(name.protocol());
    keep_to_ourselves(acceptor);
    if (path.empty()) acceptor.set_option(Acceptor::reuse_address(true));
    acceptor.bind(name);
    if (!path.empty() && ::chmod(path.c_str(), for_everybody) != 0)
      throw system_error(fmt::format("open '{}' to others", path.string()), errno);
    acceptor.listen();
    accept();
    thread = std::thread([this] { io.run(); });
  }

  ~Running() {
    io.stop();
    thread.join();
    if (!path.empty()) ::unlink(path.c_str());
  }

  void accept() {
    acceptor.async_accept([this](error_code error, RelaySocket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) return accept_later();
      keep_to_ourselves(socket);
      if (counter.use_count() <= static_cast<long>(most_connections))
        std::make_shared<Pair>(std::move(socket), io, counter)->start(to);
      accept();
    });
  }

  /// Without a free descriptor every attempt fails at once.
  void accept_later() {
    pause.expires_after(pause_without_descriptors);
    pause.async_wait([this](error_code error) {
      if (!error) accept();
    });
  }

  Protocol::endpoint to;
  fs::path path;  ///< of the socket that it listens at; empty: none
  std::shared_ptr<void> counter = std::make_shared<int>(0);  ///< each connection holds it
  asio::io_context io;
  Acceptor acceptor;
  asio::steady_timer pause;
  std::thread thread;
};

Relay::Relay(const Endpoint& from, const Endpoint& to) try
    : running_(std::make_unique<Running>(from, name_of(to))) {
} catch (const boost::system::system_error& error) {
  throw diag::Error(diag::ErrorKind::unavailable,
                    fmt::format("can not hand connections from {} on to {}: {}", text_of(from),
                                text_of(to), error.code().message()));
}

Relay::~Relay() = default;

}  // namespace sconectl::host
