#include "casd/connections/connection_server.hpp"

#include <malloc.h>

#include "casd/connections/engine.hpp"
#include "casd/connections/protocol.hpp"
// The engine first: it makes Boost.Asio 1.74 fit for C++20.
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <future>

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace asio = boost::asio;
using asio::ip::tcp;
using diag::Error;
using diag::ErrorKind;

namespace {

/// Threads of each side that wait for the disk or another CAS; as many requests can share one sync.
constexpr std::size_t waiting_threads = 64;
/// Threads for large bodies: reading one takes seconds and up to a hundred times its size. They
/// leave the processor to all others.
constexpr std::size_t large_threads = 2;
constexpr int modest = 10;
/// So many connections leave behind memory that is worth to be given back to the system.
constexpr std::size_t crowd = 64;

tcp::endpoint endpoint(const std::string& address) {
  const Error wrong(ErrorKind::usage, "'" + address + "' is not an address of the form IP:PORT");
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) throw wrong;
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  std::uint16_t port = 0;
  const char* const last = address.data() + address.size();
  const auto [end, status] = std::from_chars(address.data() + colon + 1, last, port);
  boost::system::error_code failure;
  const auto ip = asio::ip::make_address(host, failure);
  if (failure || status != std::errc() || end != last) throw wrong;
  return {ip, port};
}

std::string shown(const tcp::endpoint& at) {
  const auto ip = at.address().to_string();
  return (at.address().is_v6() ? "[" + ip + "]" : ip) + ":" + std::to_string(at.port());
}

}  // namespace

/// Accepts connections on one address.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(ConnectionServer::Engine& engine, const tcp::endpoint& at,
           std::shared_ptr<Protocol> protocol)
      : engine_(engine),
        acceptor_(engine.next_worker().io),
        pause_(acceptor_.get_executor()),
        protocol_(std::move(protocol)) {
    acceptor_.open(at.protocol());
    acceptor_.set_option(asio::socket_base::reuse_address(true));
    acceptor_.bind(at);
    acceptor_.listen(4096);
  }

  [[nodiscard]] std::string address() const { return shown(acceptor_.local_endpoint()); }

  void accept() {
    acceptor_.async_accept(
        engine_.next_worker().io,
        [self = shared_from_this()](boost::system::error_code failure, tcp::socket socket) {
          if (failure == asio::error::operation_aborted || !self->acceptor_.is_open())
            return self->ended_.set_value();
          if (failure) return self->accept_later();
          boost::system::error_code ignored;
          socket.set_option(tcp::no_delay(true), ignored);
          self->protocol_->serve(self->engine_, std::move(socket));
          self->accept();
        });
  }

  /// Ends what accept() began, and waits for that: the socket that waits for a client belongs to
  /// another worker, and must not outlive it.
  void close() {
    asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
      boost::system::error_code ignored;
      self->acceptor_.close(ignored);
      self->pause_.cancel();
    });
    ended_.get_future().wait();
  }

 private:
  /// Out of file descriptors, most likely: others have to end first.
  void accept_later() {
    pause_.expires_after(std::chrono::milliseconds(100));
    pause_.async_wait([self = shared_from_this()](boost::system::error_code failure) {
      if (failure || !self->acceptor_.is_open()) return self->ended_.set_value();
      self->accept();
    });
  }

  ConnectionServer::Engine& engine_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::promise<void> ended_;
  std::shared_ptr<Protocol> protocol_;
};

ConnectionServer::Engine::Engine(Service& the_service, const ServerLimits& the_limits,
                                 std::size_t thread_count)
    : service(the_service),
      metrics(the_service.metrics()),
      limits(the_limits),
      api_waiting(waiting_threads),
      services_waiting(waiting_threads),
      large_waiting(large_threads, modest) {
  for (std::size_t i = 0; i < thread_count; ++i) workers.push_back(std::make_unique<Worker>());
}

FairThreads& ConnectionServer::Engine::threads_for(Port port, std::size_t body_bytes) {
  if (port == Port::enclave) return services_waiting;
  return body_bytes > limits.small_body_bytes ? large_waiting : api_waiting;
}

void ConnectionServer::Engine::end_large_body() {
  // A large text leaves a hundred times its size behind, in pieces.
  if (--large_bodies == 0) large_waiting.post("", [] { malloc_trim(0); });
}

void ConnectionServer::Engine::count_failed_handshake(const boost::system::error_code& failure) {
  const auto reason = failure == asio::error::connection_aborted  ? HandshakeFailure::tls
                      : failure == asio::error::operation_aborted ? HandshakeFailure::timeout
                                                                  : HandshakeFailure::closed;
  metrics.handshake_failures[reason].add();
}

bool ConnectionServer::Engine::enter(OpenConnection* connection) {
  const std::lock_guard lock(mutex);
  if (stopping) return false;
  const auto known = open_of_source.find(connection->source());
  const std::size_t others = known == open_of_source.end() ? 0 : known->second;
  if (open.size() >= limits.connections || others >= limits.connections_of_address) {
    metrics.connections_refused.add();
    return false;
  }
  metrics.connections_accepted.add();
  ++open_of_source[connection->source()];
  open.insert(connection);
  count = open.size();
  most_open = std::max(most_open, open.size());
  return true;
}

std::vector<std::shared_ptr<OpenConnection>> ConnectionServer::Engine::stop_entering() {
  std::vector<std::shared_ptr<OpenConnection>> result;
  const std::lock_guard lock(mutex);
  stopping = true;
  for (auto* const connection : open)
    if (auto kept = connection->kept()) result.push_back(std::move(kept));
  return result;
}

void ConnectionServer::Engine::leave(OpenConnection* connection) {
  const std::lock_guard lock(mutex);
  if (open.erase(connection) == 0) return;  // it was not let in
  const auto of_source = open_of_source.find(connection->source());
  if (--of_source->second == 0) open_of_source.erase(of_source);
  count = open.size();
  if (!stopping && most_open >= crowd && open.size() <= most_open / 4) {
    most_open = open.size();
    api_waiting.post("", [] { malloc_trim(0); });
  }
  left.notify_all();
}

ConnectionServer::ConnectionServer(Service& service, const ServerLimits& limits,
                                   std::size_t threads)
    : engine_(std::make_unique<Engine>(
          service, limits,
          threads != 0 ? threads : std::max<std::size_t>(1, std::thread::hardware_concurrency()))) {
}

ConnectionServer::~ConnectionServer() {
  stop(std::chrono::milliseconds(0));
}

std::string ConnectionServer::listen(const std::string& address,
                                     std::shared_ptr<Protocol> protocol) {
  if (!try_listen(address, std::move(protocol)))
    throw Error(ErrorKind::unavailable, "can not listen on " + address,
                {"another CAS or another program listens there"});
  return engine_->listeners.back()->address();
}

bool ConnectionServer::try_listen(const std::string& address, std::shared_ptr<Protocol> protocol) {
  const auto at = endpoint(address);
  try {
    engine_->listeners.push_back(std::make_shared<Listener>(*engine_, at, std::move(protocol)));
    return true;
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::address_in_use) return false;
    throw Error(ErrorKind::unavailable, "can not listen on " + address, {error.code().message()});
  }
}

std::size_t ConnectionServer::open_connections() const {
  return engine_->count;
}

void ConnectionServer::start() {
  for (const auto& listener : engine_->listeners) listener->accept();
  for (auto& worker : engine_->workers)
    worker->thread = std::thread([&io = worker->io] { io.run(); });
  engine_->running = true;
}

bool ConnectionServer::responsive(std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  std::vector<std::future<void>> turns;
  for (auto& worker : engine_->workers) {
    auto turn = std::make_shared<std::promise<void>>();
    turns.push_back(turn->get_future());
    asio::post(worker->io, [turn] { turn->set_value(); });
  }
  return std::all_of(turns.begin(), turns.end(), [end](const std::future<void>& turn) {
    return turn.wait_until(end) == std::future_status::ready;
  });
}

void ConnectionServer::stop(std::chrono::milliseconds patience) {
  if (!engine_->running) return;
  engine_->service.stop_long_work();
  for (const auto& listener : engine_->listeners) listener->close();
  for (const auto& connection : engine_->stop_entering()) connection->finish();
  {
    std::unique_lock lock(engine_->mutex);
    engine_->left.wait_for(lock, patience, [this] { return engine_->open.empty(); });
  }
  // Requests that have not begun after so long were not answered, and never are.
  engine_->api_waiting.stop();
  engine_->services_waiting.stop();
  engine_->large_waiting.stop();
  for (auto& worker : engine_->workers) worker->io.stop();
  for (auto& worker : engine_->workers) worker->thread.join();
  engine_->running = false;
  engine_->listeners.clear();
}

}  // namespace sconectl::casd
