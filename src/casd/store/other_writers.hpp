// What other processes write to a shared database, and when this one has to know it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "casd/store/active_versions.hpp"
#include "casd/store/commit_log.hpp"
#include "casd/store/database.hpp"
#include "casd/store/integrity_counters.hpp"
#include "casd/store/read_connections.hpp"
#include "casd/store/row_set.hpp"
#include "casd/store/shared_look.hpp"

namespace sconectl::casd {

/// Throws Error{failed} if the last commit that a counter's file remembers is another one in the
/// database: that went another way since. What is not there any more is not compared.
void require_same_history(Connection& connection, const IntegrityCounters& counters);

/// Each commit has a number, and says what it changed (CommitLog). Whoever reads asks first whether
/// there are new ones (look()), so that nothing older is answered than what anybody was told
/// before; whoever writes does so in its transaction, beside which there is no other. Safe to use
/// from several threads.
class OtherWriters {
 public:
  /// All must live as long.
  struct Parts {
    const Database& database;
    RowSeal& seal;
    ReadConnections& readers;
    IntegrityCounters& counters;
    ActiveVersions& active;
    RowVersions& row_versions;
    /// Looks at every row again, and puts their versions into `row_versions`. Returns what is
    /// sealed.
    std::function<IntegrityCounters::Sealed()> verify;
    /// Told of a damage.
    std::function<void(const diag::Error&)> on_fault;
    /// Told soon after another process has changed the key.
    std::function<void()> on_new_key;
  };
  explicit OtherWriters(Parts parts);
  ~OtherWriters();
  OtherWriters(const OtherWriters&) = delete;
  OtherWriters& operator=(const OtherWriters&) = delete;

  /// After all rows were verified: compares the database with what this process remembers of it,
  /// and looks from now on also when nobody asks. Throws Error{failed} if it is another history.
  void start();
  /// Nobody looks any more unless he asks.
  void stop();

  /// On return, all is known that was committed before the call. Throws Error{unavailable} if the
  /// database can not be asked, Error{failed} if it went back.
  void look() { looks_.wait(); }
  /// The same within a transaction of this process's writer. Returns the set of all rows.
  [[nodiscard]] RowSet begin(Connection& connection);
  /// At its end: what it has changed.
  void record(Connection& connection, const RowChanges& changes);
  /// It is stored; others may have found that out already. As IntegrityCounters::committed().
  [[nodiscard]] bool written(const RowChanges& changes) noexcept;
  /// It failed: what was forgotten because of it is known again, unless it is stored after all.
  void not_written(const RowChanges& changes) noexcept;
  /// In a transaction of this process's writer: what is sealed from now on is sealed with this key.
  void begin_key_change(crypto::Secret next);
  /// That transaction has ended. What may be stored although it failed is found by the next look.
  void end_key_change(bool stored) noexcept;
  /// Whether what was recorded last is stored.
  [[nodiscard]] bool was_stored(Connection& connection) const;

  [[nodiscard]] std::int64_t commits() const { return parts_.counters.commits(); }
  /// How many of them brought facts.
  [[nodiscard]] std::uint64_t facts() const { return facts_; }

 private:
  void look_once();
  void look_with_patience();
  void learn(Connection& connection);
  void take_key_of(const std::string& sealed);
  void follow(Connection& connection, IntegrityCounters::Sealed& opened);
  void watch();
  void apply(const RowChanges& changes);

  const Parts parts_;
  const CommitLog log_;
  std::mutex learning_;
  std::string sealed_;  ///< as it was read last
  IntegrityCounters::Sealed opened_;
  std::string mark_;           ///< of the newest commit that is known; "": none
  std::int64_t recorded_ = 0;  ///< number of the writer's last transaction
  std::string recorded_seal_;
  bool changing_key_ = false;
  std::atomic<bool> new_key_ = false;  ///< of another process, and not told yet
  std::atomic<std::uint64_t> facts_ = 0;
  std::unique_ptr<Connection> connection_;  ///< of who looks
  std::exception_ptr failure_;              ///< of the last look
  std::chrono::steady_clock::time_point failed_at_{};
  SharedLook looks_;
  std::mutex ending_;
  std::condition_variable end_;
  bool ended_ = false;
  std::thread watcher_;
};

}  // namespace sconectl::casd
