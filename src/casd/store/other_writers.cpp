#include "casd/store/other_writers.hpp"

#include <utility>

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::chrono::milliseconds between_failures{250};
constexpr std::chrono::seconds between_looks_of_nobody{1};

Error went_back() {
  return damaged(
      "commits that were there are missing: an older copy is in its place, or a server was "
      "promoted that had not all of them");
}

}  // namespace

void require_same_history(Connection& connection, const IntegrityCounters& counters) {
  const auto& remembered = counters.remembered();
  if (!remembered || remembered->record.find_first_not_of('\0') == std::string::npos) return;
  const auto stored = CommitLog::mark_of(connection, remembered->commits);
  if (stored && *stored != remembered->record) throw went_back();
}

OtherWriters::OtherWriters(Parts parts)
    : parts_(std::move(parts)), log_(parts_.seal), looks_([this] { look_once(); }) {}

OtherWriters::~OtherWriters() {
  stop();
}

void OtherWriters::stop() {
  {
    const std::lock_guard lock(ending_);
    ended_ = true;
  }
  end_.notify_all();
  if (watcher_.joinable()) watcher_.join();
}

void OtherWriters::start() {
  const auto connection = parts_.database.connect(Database::Mode::read_only);
  require_same_history(*connection, parts_.counters);
  mark_ = CommitLog::mark_of(*connection, parts_.counters.commits()).value_or("");
  (void)parts_.counters.learned(parts_.counters.commits(), mark_);
  look();
  watcher_ = std::thread([this] { watch(); });
}

/// Who is not asked for long would have to look at everything again.
void OtherWriters::watch() {
  std::unique_lock lock(ending_);
  while (!end_.wait_for(lock, between_looks_of_nobody, [this] { return ended_; })) {
    lock.unlock();
    try {
      look();
      if (new_key_.exchange(false)) parts_.on_new_key();
    } catch (const std::exception&) {  // whoever needs the database is told
    }
    lock.lock();
  }
}

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
  recorded_ = commits() + 1;
  return RowSet::from_text(opened_.row_set.value_or(""));
}

void OtherWriters::learn(Connection& connection) {
  auto sealed = IntegrityCounters::stored(connection);
  if (sealed == sealed_) return;
  take_key_of(sealed);
  auto opened = parts_.counters.opened(sealed);
  try {
    follow(connection, opened);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::failed) parts_.on_fault(error);
    throw;
  }
  opened_ = std::move(opened);
  sealed_ = std::move(sealed);
}

/// While this process changes the key, what is stored is sealed with the one before.
void OtherWriters::take_key_of(const std::string& sealed) {
  if (changing_key_ || sealed.empty()) return;
  switch (parts_.seal.take_key_of(sealed, fact_place(IntegrityCounters::fact))) {
    case RowSeal::Taken::was_the_key:
      return;
    case RowSeal::Taken::is_the_key_now:
      new_key_ = true;
      return;
    case RowSeal::Taken::no_key:
      break;
  }
  throw Error(ErrorKind::unavailable, "the CAS database has another key than this CAS",
              {"if another CAS has given it a new one, put that one's cas.key-store here, too; "
               "else the database was changed from outside"});
}

void OtherWriters::begin_key_change(crypto::Secret next) {
  const std::lock_guard lock(learning_);
  changing_key_ = true;
  parts_.seal.change_key(std::move(next));
}

void OtherWriters::end_key_change(bool stored) noexcept {
  const std::lock_guard lock(learning_);
  changing_key_ = false;
  if (!stored) parts_.seal.change_back();
}

/// The newest commit that is known has to be there still: another one of its number is of another
/// history.
void OtherWriters::follow(Connection& connection, IntegrityCounters::Sealed& opened) {
  const auto known = parts_.counters.commits();
  const auto last = opened.commits.value_or(0);
  if (last < known) throw went_back();
  const auto records = log_.read(connection, mark_.empty() ? known + 1 : known, last);
  if (!records) {
    opened = parts_.verify();
    ++facts_;  // there may be
    mark_ = CommitLog::mark_of(connection, opened.commits.value_or(0)).value_or("");
  } else {
    auto record = records->begin();
    if (!mark_.empty() && (record++)->mark != mark_) throw went_back();
    for (; record != records->end(); ++record) apply(record->changes);
    if (!records->empty()) mark_ = records->back().mark;
  }
  if (opened.commits.value_or(0) == known) return;
  (void)parts_.counters.learned(opened.commits.value_or(0), mark_);
  parts_.active.changed();
}

void OtherWriters::apply(const RowChanges& changes) {
  for (const auto& name : changes.sessions) parts_.active.will_change(name);
  for (const auto& [place, version] : changes.gone) (void)parts_.row_versions.forget(place);
  for (const auto& [place, version] : changes.versions) parts_.row_versions.put(place, version);
  if (changes.facts) ++facts_;
}

void OtherWriters::record(Connection& connection, const RowChanges& changes) {
  recorded_seal_ = log_.append(connection, recorded_, changes);
}

bool OtherWriters::written(const RowChanges& changes) noexcept {
  const std::lock_guard lock(learning_);
  if (commits() >= recorded_) return true;
  sealed_.clear();  // what was read before it must not be taken for it
  for (const auto& [place, version] : changes.versions) parts_.row_versions.put(place, version);
  if (changes.facts) ++facts_;
  mark_ = CommitLog::mark(recorded_seal_);
  return parts_.counters.learned(recorded_, mark_);
}

void OtherWriters::not_written(const RowChanges& changes) noexcept {
  const std::lock_guard lock(learning_);
  if (commits() >= recorded_) return;  // perhaps it is stored after all, and was seen
  for (const auto& [place, version] : changes.gone) parts_.row_versions.put(place, version);
}

bool OtherWriters::was_stored(Connection& connection) const {
  Statement row = connection.prepare("SELECT sealed FROM commits WHERE number = ?");
  row.bind(recorded_);
  return row.step() && row.text(0) == recorded_seal_;
}

}  // namespace sconectl::casd
