#include "support/memory_files.hpp"

#include <fmt/format.h>

#include "sconectl/diag/error.hpp"

namespace sconectl::test {

namespace fs = std::filesystem;
using diag::Error;
using diag::ErrorKind;

namespace {

std::string key_of(const fs::path& path) {
  std::string text = (fs::path("/cwd") / path).lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

std::string parent_of(const std::string& key) {
  return fs::path(key).parent_path().string();
}

bool is_below(const std::string& key, const std::string& directory) {
  return directory == "/" || key.starts_with(directory + "/");
}

[[noreturn]] void fail(std::string_view what, const fs::path& path, std::string_view why) {
  throw Error(ErrorKind::unavailable, fmt::format("can not {} '{}': {}", what, path.string(), why));
}

class MemoryLock final : public host::FileLock {
 public:
  MemoryLock(std::set<std::string>& locks, std::recursive_mutex& mutex, std::string key)
      : locks_(locks), mutex_(mutex), key_(std::move(key)) {}
  ~MemoryLock() override {
    const std::scoped_lock guard(mutex_);
    locks_.erase(key_);
  }

 private:
  std::set<std::string>& locks_;
  std::recursive_mutex& mutex_;
  std::string key_;
};

}  // namespace

MemoryFiles::MemoryFiles() : directories_{{"/", 0755}, {"/cwd", 0755}, {"/tmp", 01777}} {}

void MemoryFiles::change() {
  if (full_) throw Error(ErrorKind::unavailable, "can not write: no space left on device");
  ++writes_;
}

std::string MemoryFiles::read(const fs::path& path, std::size_t limit) const {
  const std::scoped_lock guard(mutex_);
  if (directories_.contains(key_of(path))) fail("read", path, "is a directory");
  const auto file = files_.find(key_of(path));
  if (file == files_.end()) fail("read", path, "no such file or directory");
  if (file->second.bytes.size() > limit) {
    throw Error(ErrorKind::invalid,
                fmt::format("'{}' is longer than the {} bytes allowed here", path.string(), limit));
  }
  return file->second.bytes;
}

std::optional<std::string> MemoryFiles::read_if_exists(const fs::path& path,
                                                       std::size_t limit) const {
  const std::scoped_lock guard(mutex_);
  if (!status(path)) return std::nullopt;
  return read(path, limit);
}

std::optional<host::FileStatus> MemoryFiles::status(const fs::path& path) const {
  const std::scoped_lock guard(mutex_);
  const std::string key = key_of(path);
  if (const auto found = directories_.find(key); found != directories_.end()) {
    return host::FileStatus{host::FileKind::directory, 0, found->second};
  }
  const auto file = files_.find(key);
  if (file == files_.end()) return std::nullopt;
  return host::FileStatus{host::FileKind::file, file->second.bytes.size(), file->second.mode};
}

std::optional<fs::path> MemoryFiles::read_link(const fs::path& path) const {
  const std::scoped_lock guard(mutex_);
  const auto found = links_.find(key_of(path));
  return found == links_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<fs::path> MemoryFiles::link_below(const fs::path& root, const fs::path& path) const {
  const std::scoped_lock guard(mutex_);
  for (fs::path at = key_of(path); at.string().size() > key_of(root).size(); at = at.parent_path())
    if (links_.contains(at.string())) return at;
  return std::nullopt;
}

void MemoryFiles::make_link(const fs::path& target, const fs::path& path) {
  const std::scoped_lock guard(mutex_);
  change();
  links_[key_of(path)] = target;
}

std::vector<std::string> MemoryFiles::list(const fs::path& directory) const {
  const std::scoped_lock guard(mutex_);
  const std::string key = key_of(directory);
  if (!directories_.contains(key)) fail("list", directory, "no such file or directory");
  std::set<std::string> names;
  const auto add = [&](const std::string& entry) {
    if (entry != "/" && parent_of(entry) == key) names.insert(fs::path(entry).filename().string());
  };
  for (const auto& [entry, file] : files_) add(entry);
  for (const auto& [entry, mode] : directories_) add(entry);
  for (const auto& [entry, target] : links_) add(entry);
  return {names.begin(), names.end()};
}

void MemoryFiles::make_directories(const fs::path& directory, unsigned mode) {
  const std::scoped_lock guard(mutex_);
  const std::string key = key_of(directory);
  if (files_.contains(key)) fail("make directory", directory, "not a directory");
  if (directories_.contains(key)) return;
  make_directories(parent_of(key), mode);
  directories_[key] = mode;
}

void MemoryFiles::write(const fs::path& path, std::string_view bytes, unsigned mode,
                        host::Durability /*durability*/) {
  const std::scoped_lock guard(mutex_);
  const std::string key = key_of(path);
  if (directories_.contains(key)) fail("write", path, "is a directory");
  if (!directories_.contains(parent_of(key))) fail("write", path, "no such file or directory");
  change();
  files_[key] = {std::string(bytes), mode};
}

void MemoryFiles::replace_tree(const fs::path& directory, const host::Tree& tree,
                               unsigned directory_mode) {
  const std::scoped_lock guard(mutex_);
  const std::string key = key_of(directory);
  if (files_.contains(key)) fail("replace directory", directory, "not a directory");
  for (const auto& [name, file] : tree) {
    const std::string inside = key_of(fs::path(key) / name);
    if (name.empty() || name[0] == '/' || !is_below(inside, key)) {
      throw Error(ErrorKind::invalid,
                  fmt::format("'{}' is not the name of a file in '{}'", name, directory.string()));
    }
  }
  change();
  remove_tree(directory);
  make_directories(directory, directory_mode);
  for (const auto& [name, file] : tree) {
    const std::string inside = key_of(fs::path(key) / name);
    make_directories(parent_of(inside), directory_mode);
    files_[inside] = file;
  }
}

void MemoryFiles::copy_file(const fs::path& from, const fs::path& to) {
  const std::scoped_lock guard(mutex_);
  const std::string bytes = read(from, no_limit);
  write(to, bytes, files_.at(key_of(from)).mode, host::Durability::cached);
}

void MemoryFiles::move_file(const fs::path& from, const fs::path& to) {
  const std::scoped_lock guard(mutex_);
  copy_file(from, to);
  files_.erase(key_of(from));
}

void MemoryFiles::remove_tree(const fs::path& path) {
  const std::scoped_lock guard(mutex_);
  const std::string key = key_of(path);
  std::erase_if(files_, [&](const auto& e) { return e.first == key || is_below(e.first, key); });
  std::erase_if(directories_,
                [&](const auto& e) { return e.first == key || is_below(e.first, key); });
  std::erase_if(links_, [&](const auto& e) { return e.first == key || is_below(e.first, key); });
}

std::unique_ptr<host::FileLock> MemoryFiles::lock(const fs::path& path,
                                                  const std::function<void()>& waiting) {
  const std::scoped_lock guard(mutex_);
  if (auto held = try_lock(path)) return held;
  if (waiting) waiting();
  throw Error(ErrorKind::unavailable,
              fmt::format("'{}' is locked, and nobody else is here to unlock it", path.string()));
}

std::unique_ptr<host::FileLock> MemoryFiles::try_lock(const fs::path& path) {
  const std::scoped_lock guard(mutex_);
  const std::string key = key_of(path);
  if (!directories_.contains(parent_of(key))) fail("lock", path, "no such file or directory");
  if (!locks_.insert(key).second) return nullptr;
  files_.try_emplace(key, host::TreeFile{"", 0600});
  return std::make_unique<MemoryLock>(locks_, mutex_, key);
}

fs::path MemoryFiles::make_temporary_directory(std::string_view prefix, const fs::path& parent) {
  const std::scoped_lock guard(mutex_);
  const fs::path path =
      (parent.empty() ? fs::path("/tmp") : parent) / fmt::format("{}{:06}", prefix, ++temporary_);
  make_directories(path, 0700);
  return path;
}

void MemoryFiles::put(const fs::path& path, std::string bytes, unsigned mode) {
  const std::scoped_lock guard(mutex_);
  make_directories(parent_of(key_of(path)), 0755);
  files_[key_of(path)] = {std::move(bytes), mode};
}

}  // namespace sconectl::test
