#include "casd/store/other_writers.hpp"

#include <utility>

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::chrono::milliseconds between_failures{250};

Error went_back(std::int64_t missing) {
  return damaged(std::to_string(missing) +
                 " commits that were there are missing: an older copy is in its place, or a "
                 "server was promoted that had not all of them");
}

}  // namespace

OtherWriters::OtherWriters(Parts parts)
    : parts_(std::move(parts)), log_(parts_.seal), looks_([this] { look_once(); }) {}

/// While the database is away, not everybody who comes waits for it.
void OtherWriters::look_once() {
  if (failure_ && std::chrono::steady_clock::now() - failed_at_ < between_failures)
    std::rethrow_exception(failure_);
  failure_ = nullptr;
  try {
    look_with_patience();
  } catch (...) {
    failure_ = std::current_exception();
    failed_at_ = std::chrono::steady_clock::now();
    throw;
  }
}

/// A connection that was good may be broken since; a new one is tried once then.
void OtherWriters::look_with_patience() {
  const bool had_one = connection_ && connection_->usable();
  try {
    if (!had_one) {
      connection_ = nullptr;
      connection_ = parts_.database.connect(Database::Mode::read_only);
    }
    const std::lock_guard lock(learning_);
    return learn(*connection_);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unavailable || !had_one) throw;
  }
  parts_.readers.forget();
  connection_ = nullptr;
  connection_ = parts_.database.connect(Database::Mode::read_only);
  const std::lock_guard lock(learning_);
  learn(*connection_);
}

RowSet OtherWriters::begin(Connection& connection) {
  const std::lock_guard lock(learning_);
  learn(connection);
  return RowSet::from_text(opened_.row_set.value_or(""));
}

void OtherWriters::learn(Connection& connection) {
  auto sealed = IntegrityCounters::stored(connection);
  if (sealed == sealed_) return;
  auto opened = parts_.counters.opened(sealed);
  const auto last = opened.commits.value_or(0);
  const auto known = parts_.counters.commits();
  if (last < known) {
    const auto fault = went_back(known - last);
    parts_.on_fault(fault);
    throw fault;
  }
  if (last > known) {
    if (const auto records = log_.read(connection, known, last))
      for (const auto& changes : *records) apply(changes);
    else
      opened = parts_.verify();
    (void)parts_.counters.learned(opened.commits.value_or(0));
    parts_.active.changed();
  }
  opened_ = std::move(opened);
  sealed_ = std::move(sealed);
}

void OtherWriters::apply(const RowChanges& changes) {
  for (const auto& name : changes.sessions) parts_.active.will_change(name);
  for (const auto& [place, version] : changes.gone) (void)parts_.row_versions.forget(place);
  for (const auto& [place, version] : changes.versions) parts_.row_versions.put(place, version);
  if (changes.facts) ++facts_;
}

void OtherWriters::record(Connection& connection, const RowChanges& changes) {
  recorded_ = parts_.counters.commits() + 1;
  recorded_seal_ = log_.append(connection, recorded_, changes);
}

bool OtherWriters::written(const RowChanges& changes) noexcept {
  const std::lock_guard lock(learning_);
  if (parts_.counters.commits() >= recorded_) return true;
  sealed_.clear();  // what was read before it must not be taken for it
  for (const auto& [place, version] : changes.versions) parts_.row_versions.put(place, version);
  if (changes.facts) ++facts_;
  return parts_.counters.learned(recorded_);
}

bool OtherWriters::was_stored(Connection& connection) const {
  Statement row = connection.prepare("SELECT sealed FROM commits WHERE number = ?");
  row.bind(recorded_);
  return row.step() && row.text(0) == recorded_seal_;
}

}  // namespace sconectl::casd
