#include "casd/store/read_connections.hpp"

namespace sconectl::casd {

namespace {

constexpr std::size_t most_idle_connections = 16;

}  // namespace

ReadConnections::Borrowed::Borrowed(ReadConnections& from) : from_(from) {
  {
    const std::lock_guard lock(from_.mutex_);
    if (!from_.idle_.empty()) {
      connection_ = std::move(from_.idle_.back());
      from_.idle_.pop_back();
    }
  }
  if (connection_) return;
  connection_ = std::make_unique<Connection>(from_.path_, Connection::Mode::read_only);
  // In KiB. There can be many readers, and the system keeps the same pages for all of them.
  connection_->execute("PRAGMA cache_size = -64");
}

ReadConnections::Borrowed::~Borrowed() {
  if (from_.on_read_) from_.on_read_(std::chrono::steady_clock::now() - since_);
  const std::lock_guard lock(from_.mutex_);
  if (from_.idle_.size() < most_idle_connections) from_.idle_.push_back(std::move(connection_));
}

}  // namespace sconectl::casd
