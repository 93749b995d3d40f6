// Backups that a running CAS makes by itself, when it is asked or from time to time (CC-079).
#pragma once

#include <spdlog/logger.h>

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "casd/metrics/cas_metrics.hpp"
#include "sconectl/casd/backup.hpp"
#include "sconectl/casd/snapshot_options.hpp"

namespace sconectl::casd {

/// Files `cas-20261127T205501.123Z.age`, as create_backup() writes them, with a link
/// `last-completed` to the newest. None is made while nothing was stored since the last one. What
/// fails is said in the log and counted, and the CAS goes on. Only the newest `kept` stay. The
/// directory is this CAS's alone.
class Snapshots {
 public:
  /// Grows with everything that is stored.
  using Changes = std::function<std::uint64_t()>;

  /// Begins at once if there is an interval. `log` and `metrics` must outlive it.
  Snapshots(SnapshotOptions options, std::filesystem::path data, BackupSource source,
            Changes changes, spdlog::logger& log, SnapshotMetrics& metrics);
  Snapshots(const Snapshots&) = delete;
  Snapshots& operator=(const Snapshots&) = delete;
  /// Gives up the one that is being made; waits until its database is copied and verified.
  ~Snapshots();

  /// Does not wait for it.
  void request();

 private:
  void work(const std::stop_token& stop);
  void take(const std::stop_token& stop);
  void point_to_newest(const std::string& name);
  void keep_newest(const std::string& newest);

  const SnapshotOptions options_;
  const std::filesystem::path data_;
  const BackupSource source_;
  const Changes changes_;
  spdlog::logger& log_;
  SnapshotMetrics& metrics_;
  std::optional<std::uint64_t> saved_;  ///< changes() before the last one
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool requested_ = false;
  std::jthread worker_;  ///< the last: it uses all others
};

}  // namespace sconectl::casd
