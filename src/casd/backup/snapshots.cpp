#include "casd/backup/snapshots.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <vector>

#include "casd/log/event.hpp"
#include "sconectl/casd/backup.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::casd {

namespace {

namespace fs = std::filesystem;

constexpr unsigned snapshot_directory_mode = 0700;
constexpr std::string_view begin_of_name = "cas-";
constexpr std::string_view end_of_name = ".age";
constexpr const char* unfinished = ".snapshot.part";
constexpr const char* newest_link = "last-completed";

std::string snapshot_name(std::chrono::system_clock::time_point now) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(now);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(ms);
  return fmt::format("{}{:%Y%m%dT%H%M%S}.{:03}Z{}", begin_of_name,
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (ms - seconds).count(), end_of_name);
}

bool is_snapshot(const std::string& name) {
  return name.starts_with(begin_of_name) && name.ends_with(end_of_name);
}

/// Whoever looks at the link sees the old one or the new one.
void point_to(const fs::path& directory, const std::string& name) {
  const fs::path fresh = directory / ".last-completed.part";
  fs::remove(fresh);
  fs::create_symlink(name, fresh);
  fs::rename(fresh, directory / newest_link);
  host::flush_directory(directory);
}

}  // namespace

Snapshots::Snapshots(SnapshotOptions options, fs::path data, KeyIdentities identities,
                     Changes changes, spdlog::logger& log, SnapshotMetrics& metrics)
    : options_(std::move(options)),
      data_(std::move(data)),
      identities_(std::move(identities)),
      changes_(std::move(changes)),
      log_(log),
      metrics_(metrics) {
  host::system_files()->make_directories(options_.directory, snapshot_directory_mode);
  worker_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

Snapshots::~Snapshots() = default;

void Snapshots::request() {
  const std::scoped_lock lock(mutex_);
  requested_ = true;
  wake_.notify_all();
}

void Snapshots::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto asked = [this] { return requested_; };
    if (options_.interval)
      wake_.wait_for(lock, stop, *options_.interval, asked);
    else
      wake_.wait(lock, stop, asked);
    if (stop.stop_requested()) return;
    requested_ = false;
    lock.unlock();
    try {
      take();
    } catch (const std::exception& error) {
      metrics_.failed.add();
      log_event(log_, Severity::error, "a snapshot could not be made",
                {{"directory", options_.directory.string()}, {"reason", error.what()}});
    }
    lock.lock();
  }
}

void Snapshots::take() {
  const auto before = changes_();
  if (saved_ == before) {
    log_event(log_, Severity::debug, "nothing was stored since the last snapshot");
    return;
  }
  const auto files = host::system_files();
  const fs::path part = options_.directory / unfinished;
  files->remove_tree(part);  // of a run that was killed
  (void)create_backup(data_, options_.recipients, part, identities_);
  const auto now = std::chrono::system_clock::now();
  const auto name = snapshot_name(now);
  files->move_file(part, options_.directory / name);
  point_to(options_.directory, name);
  saved_ = before;
  metrics_.made.add();
  metrics_.last.store(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  log_event(log_, Severity::info, "snapshot made",
            {{"file", (options_.directory / name).string()}});
  keep_newest(name);
}

void Snapshots::keep_newest(const std::string& newest) {
  const auto files = host::system_files();
  std::vector<std::string> names;
  for (const auto& name : files->list(options_.directory))
    if (is_snapshot(name) && name != newest) names.push_back(name);
  std::sort(names.begin(), names.end());
  while (names.size() + 1 > options_.kept) {
    files->remove_tree(options_.directory / names.front());
    names.erase(names.begin());
  }
}

}  // namespace sconectl::casd
