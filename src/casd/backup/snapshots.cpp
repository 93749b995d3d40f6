#include "casd/backup/snapshots.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "casd/log/event.hpp"
#include "sconectl/casd/backup.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::casd {

namespace {

namespace fs = std::filesystem;

constexpr unsigned snapshot_directory_mode = 0700;
constexpr const char* unfinished = ".snapshot.part";
constexpr const char* newest_link = "last-completed";

/// A longer one is as good as none, and does not fit into what waits.
constexpr std::chrono::seconds longest_interval = std::chrono::hours(24 * 365);

std::string snapshot_name(std::chrono::system_clock::time_point now) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(now);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(ms);
  return fmt::format("cas-{:%Y%m%dT%H%M%S}.{:03}Z.age",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (ms - seconds).count());
}

/// Exactly what snapshot_name() makes; what others put there is theirs.
bool is_snapshot(const fs::path& path) {
  constexpr std::string_view form = "cas-ddddddddTdddddd.dddZ.age";
  const std::string name = path.filename();
  if (name.size() != form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i)
    if (form[i] == 'd' ? !text::is_digit(name[i]) : name[i] != form[i]) return false;
  return fs::is_regular_file(fs::symlink_status(path));
}

/// Of runs that were killed.
void remove_unfinished(host::Files& files, const fs::path& directory) {
  for (const auto& name : files.list(directory))
    if (name == unfinished || name.starts_with(host::new_file_prefix))
      files.remove_tree(directory / name);
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

Snapshots::Snapshots(SnapshotOptions options, fs::path data, BackupSource source, Changes changes,
                     spdlog::logger& log, SnapshotMetrics& metrics)
    : options_(std::move(options)),
      data_(std::move(data)),
      source_(std::move(source)),
      changes_(std::move(changes)),
      log_(log),
      metrics_(metrics) {
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
      wake_.wait_for(lock, stop, std::min(*options_.interval, longest_interval), asked);
    else
      wake_.wait(lock, stop, asked);
    if (stop.stop_requested()) return;
    requested_ = false;
    lock.unlock();
    try {
      take(stop);
    } catch (const std::exception& error) {
      metrics_.failed.add();
      log_event(log_, Severity::error, "a snapshot could not be made",
                {{"directory", options_.directory.string()}, {"reason", error.what()}});
    }
    lock.lock();
  }
}

void Snapshots::take(const std::stop_token& stop) {
  const auto before = changes_();
  if (saved_ == before) {
    log_event(log_, Severity::debug, "nothing was stored since the last snapshot");
    return;
  }
  const auto files = host::system_files();
  files->make_directories(options_.directory, snapshot_directory_mode);
  remove_unfinished(*files, options_.directory);
  const fs::path part = options_.directory / unfinished;
  (void)create_backup(data_, options_.recipients, part, source_, [&] {
    if (stop.stop_requested())
      throw diag::Error(diag::ErrorKind::interrupted, "the CAS stops meanwhile");
  });
  const auto now = std::chrono::system_clock::now();
  const auto name = snapshot_name(now);
  files->move_file(part, options_.directory / name);
  saved_ = before;
  point_to_newest(name);
  metrics_.made.add();
  metrics_.last.store(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  log_event(log_, Severity::info, "snapshot made",
            {{"file", (options_.directory / name).string()}});
  keep_newest(name);
}

/// A file system without symbolic links holds snapshots all the same.
void Snapshots::point_to_newest(const std::string& name) {
  try {
    point_to(options_.directory, name);
  } catch (const std::exception& error) {
    log_event(log_, Severity::warning, "the link to the newest snapshot can not be made",
              {{"directory", options_.directory.string()}, {"reason", error.what()}});
  }
}

/// Those of a time that is still to come were made by a clock that was wrong: they go first.
void Snapshots::keep_newest(const std::string& newest) {
  const auto files = host::system_files();
  std::vector<std::string> names;
  for (const auto& name : files->list(options_.directory))
    if (name != newest && is_snapshot(options_.directory / name)) names.push_back(name);
  std::sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return std::pair(a < newest, std::string_view(a)) < std::pair(b < newest, std::string_view(b));
  });
  const std::size_t others = options_.kept - 1;
  for (std::size_t i = 0; i + others < names.size(); ++i)
    files->remove_tree(options_.directory / names[i]);
}

}  // namespace sconectl::casd
