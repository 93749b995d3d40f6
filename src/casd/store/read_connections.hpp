// Connections that only read, used again and again.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "casd/store/database.hpp"

namespace sconectl::casd {

/// Opens as many as are in use at the same time, and keeps some. Safe to use from several threads.
class ReadConnections {
 public:
  /// Told how long a connection was in use, by who used it.
  using OnRead = std::function<void(std::chrono::nanoseconds took)>;

  /// `database` must live as long.
  explicit ReadConnections(const Database& database, OnRead on_read = {})
      : database_(database), on_read_(std::move(on_read)) {}

  /// One connection; it goes back when this ends.
  class Borrowed {
   public:
    explicit Borrowed(ReadConnections& from);
    ~Borrowed();
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    Connection* operator->() const { return connection_.get(); }
    Connection& operator*() const { return *connection_; }

   private:
    ReadConnections& from_;
    std::uint64_t era_ = 0;
    std::unique_ptr<Connection> connection_;
    const std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  };
  [[nodiscard]] Borrowed borrow() { return Borrowed(*this); }
  /// The server went away: those that are there are not used any more.
  void forget();

 private:
  const Database& database_;
  const OnRead on_read_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::uint64_t era_ = 0;  ///< how often they were forgotten
};

}  // namespace sconectl::casd
