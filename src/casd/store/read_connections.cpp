#include "casd/store/read_connections.hpp"

namespace sconectl::casd {

namespace {

constexpr std::size_t most_idle_connections = 16;

}  // namespace

ReadConnections::Borrowed::Borrowed(ReadConnections& from) : from_(from) {
  {
    const std::lock_guard lock(from_.mutex_);
    era_ = from_.era_;
    if (!from_.idle_.empty()) {
      connection_ = std::move(from_.idle_.back());
      from_.idle_.pop_back();
    }
  }
  if (!connection_) connection_ = from_.database_.connect(Database::Mode::read_only);
}

ReadConnections::Borrowed::~Borrowed() {
  if (from_.on_read_) from_.on_read_(std::chrono::steady_clock::now() - since_);
  const bool usable = connection_->usable();
  const std::lock_guard lock(from_.mutex_);
  if (usable && era_ == from_.era_ && from_.idle_.size() < most_idle_connections)
    from_.idle_.push_back(std::move(connection_));
}

void ReadConnections::forget() {
  const std::lock_guard lock(mutex_);
  ++era_;
  idle_.clear();
}

}  // namespace sconectl::casd
