// What the listeners and connections of one server share. Only connections and protocols include
// this.
#pragma once

#include <utility>
// <utility> before Boost.Asio 1.74, which forgets it under C++20.
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <vector>

#include "casd/connections/connection_server.hpp"
#include "casd/metrics/cas_metrics.hpp"
#include "casd/waiting/fair_threads.hpp"

namespace sconectl::casd {

/// A connection as the engine sees it.
class OpenConnection {
 public:
  OpenConnection() = default;
  OpenConnection(const OpenConnection&) = delete;
  OpenConnection& operator=(const OpenConnection&) = delete;
  virtual ~OpenConnection() = default;
  /// Keeps it alive; nothing if it is about to end. Under the engine's lock: let the result go when
  /// that is released, because what ends asks for it.
  [[nodiscard]] virtual std::shared_ptr<OpenConnection> kept() = 0;
  /// Ends it as soon as no request is in progress. From any thread, without the engine's lock.
  virtual void finish() = 0;
  /// Peer::source.
  [[nodiscard]] virtual const std::string& source() const = 0;
};

class Listener;

/// A thread with connections of its own: what belongs to a connection happens in its thread only,
/// so that nothing of it is locked or moves from one processor to another.
struct Worker {
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  std::thread thread;
};

struct ConnectionServer::Engine {
  Engine(Service& the_service, const ServerLimits& the_limits, std::size_t thread_count);

  /// For the next connection: each in turn.
  [[nodiscard]] Worker& next_worker() { return *workers[next++ % workers.size()]; }
  /// The threads in which a request of this port, with a body of this size, may wait.
  [[nodiscard]] FairThreads& threads_for(Port port, std::size_t body_bytes);
  /// False if there are too many connections, in all or from its address, or the server is
  /// stopping.
  bool enter(OpenConnection* connection);
  void leave(OpenConnection* connection);
  /// From now on nobody enters; those who are in.
  [[nodiscard]] std::vector<std::shared_ptr<OpenConnection>> stop_entering();
  /// Of `large_bodies`.
  void end_large_body();
  void count_failed_handshake(const boost::system::error_code& failure);
  /// How long a client may be silent now.
  [[nodiscard]] std::chrono::milliseconds patience() const {
    return count > limits.many ? limits.short_timeout : limits.timeout;
  }

  // Before `workers`, because connections that end with them still ask for these.
  std::mutex mutex;
  std::condition_variable left;
  std::set<OpenConnection*> open;
  std::unordered_map<std::string, std::size_t> open_of_source;
  std::size_t most_open = 0;  ///< since memory was given back last
  bool stopping = false;
  std::atomic<std::size_t> count{0};         ///< of `open`
  std::atomic<std::size_t> large_bodies{0};  ///< being received or answered

  Service& service;
  CasMetrics& metrics;
  ServerLimits limits;
  std::vector<std::unique_ptr<Worker>> workers;
  std::atomic<std::size_t> next{0};
  // What may have to wait, by who waits: uploads do not hold up the start of a service.
  FairThreads api_waiting;
  FairThreads services_waiting;
  FairThreads large_waiting;
  std::vector<std::shared_ptr<Listener>> listeners;
  bool running = false;
};

}  // namespace sconectl::casd
