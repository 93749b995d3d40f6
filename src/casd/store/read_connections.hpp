// Connections that only read, used again and again.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "casd/store/sqlite.hpp"

namespace sconectl::casd {

/// Opens as many as are in use at the same time, and keeps some. Safe to use from several threads.
class ReadConnections {
 public:
  explicit ReadConnections(std::string path) : path_(std::move(path)) {}

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
    std::unique_ptr<Connection> connection_;
  };
  [[nodiscard]] Borrowed borrow() { return Borrowed(*this); }

 private:
  const std::string path_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace sconectl::casd
