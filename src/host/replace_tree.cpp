// Replacing a whole directory.
#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <set>
#include <system_error>

#include "files_on_disk.hpp"
#include "posix.hpp"

namespace sconectl::host {

namespace fs = std::filesystem;
using diag::Error;
using diag::ErrorKind;

namespace {

void refuse_escapes(const fs::path& directory, const Tree& tree) {
  for (const auto& [name, file] : tree) {
    const fs::path path(name);
    bool leaves = name.empty() || path.is_absolute() || !path.has_filename();
    for (const fs::path& part : path) leaves = leaves || part == ".." || part == ".";
    if (leaves || name.find('\0') != std::string::npos) {
      throw Error(ErrorKind::invalid,
                  fmt::format("'{}' is not the name of a file in '{}'", name, directory.string()));
    }
  }
}

void write_new(const fs::path& path, const TreeFile& file) {
  const Descriptor opened(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  int error = opened.open() ? write_all(opened.get(), file.bytes) : errno;
  if (error == 0 && ::fchmod(opened.get(), file.mode) != 0) error = errno;
  if (error != 0) throw system_error(fmt::format("write '{}'", path.string()), error);
}

std::string prefix_beside(const fs::path& target) {
  return fmt::format(".{}.new-", target.filename().string());
}

/// The directory, locked; not open if it can not be (LOCK_NB: somebody works with it) or is gone.
Descriptor locked(const fs::path& directory, int how) {
  Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (opened.open() && ::flock(opened.get(), LOCK_EX | how) != 0) opened.reset();
  return opened;
}

/// For what is not worth a failure.
void try_to_remove(Files& files, const fs::path& path) {
  try {
    files.remove_tree(path);
  } catch (const Error&) {  // the name starts with a dot, and a later run tries again
  }
}

/// What killed runs left beside `target`: it may hold secrets. A directory that a run works with is
/// locked. What is called ".old" stays: it can be the only copy of a directory that was being
/// replaced.
void remove_left_overs(Files& files, const fs::path& target) {
  const fs::path directory = directory_of(target);
  std::vector<std::string> names;
  try {
    names = files.list(directory);
  } catch (const Error&) {  // it is made later, or what is in it is hidden from us
    return;
  }
  for (const auto& name : names) {
    if (!name.starts_with(prefix_beside(target)) || name.ends_with(".old")) continue;
    const Descriptor lock = locked(directory / name, LOCK_NB);
    if (lock.open()) try_to_remove(files, directory / name);
  }
}

/// A directory beside `target` that is removed with its contents when the object goes.
class Beside {
 public:
  Beside(Files& files, const fs::path& target) : files_(files) {
    do {
      path_ = files.make_temporary_directory(prefix_beside(target), directory_of(target));
      lock_ = locked(path_, 0);
    } while (!files.exists(path_));  // another run took it for a left-over
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;
  ~Beside() { try_to_remove(files_, path_); }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  Files& files_;
  fs::path path_;
  Descriptor lock_;
};

/// For file systems that can not exchange two names: there is a moment without the directory.
int swap_by_two_renames(const fs::path& fresh, const fs::path& target) {
  const std::string aside = fresh.string() + ".old";
  if (::rename(target.c_str(), aside.c_str()) != 0) return errno;
  if (::rename(fresh.c_str(), target.c_str()) != 0) {
    const int error = errno;
    if (::rename(aside.c_str(), target.c_str()) != 0) return errno;
    return error;
  }
  ::rename(aside.c_str(), fresh.c_str());  // now the old contents have the name that gets removed
  return 0;
}

/// Gives `target` the directory `fresh`; the old one, if any, gets the name `fresh`.
int swap_in(const fs::path& fresh, const fs::path& target) {
  constexpr int most_attempts = 100;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0)
      return 0;
    if (errno == EINVAL || errno == ENOSYS) return swap_by_two_renames(fresh, target);
    if (errno != ENOENT) return errno;
    if (::rename(fresh.c_str(), target.c_str()) == 0) return 0;
    if (errno != ENOTEMPTY && errno != EEXIST) return errno;
    // Another run has made it between the two calls.
  }
  return EBUSY;
}

/// A link in the old contents would lead the writing of the new ones elsewhere.
void remove_links(Files& files, const fs::path& directory) {
  std::vector<fs::path> links;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(directory, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error))
    if (entry->is_symlink()) links.push_back(entry->path());
  for (const fs::path& path : links) files.remove_tree(path);
}

/// Brings `directory` to the contents of `tree` without renaming it.
void mirror(Files& files, const fs::path& directory, const Tree& tree, unsigned directory_mode) {
  remove_links(files, directory);
  std::set<fs::path> wanted;
  for (const auto& [name, file] : tree) {
    const fs::path path = directory / name;
    for (fs::path part = path; part != directory; part = part.parent_path()) wanted.insert(part);
    files.make_directories(path.parent_path(), directory_mode);
    files.write(path, file.bytes, file.mode, Durability::cached);
  }
  std::vector<fs::path> unwanted;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(directory, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (wanted.contains(entry->path())) continue;
    unwanted.push_back(entry->path());
    entry.disable_recursion_pending();
  }
  for (const fs::path& path : unwanted) files.remove_tree(path);
}

/// Whether the directory holds exactly these files, with these modes: then nothing has to be done.
bool is_already(const Files& files, const fs::path& directory, const Tree& tree,
                unsigned directory_mode) {
  const auto status = files.status(directory);
  if (!status || status->kind != FileKind::directory || status->mode != directory_mode)
    return false;
  std::size_t found = 0;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(directory, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->is_directory() && !entry->is_symlink()) continue;
    const auto wanted = tree.find(entry->path().lexically_relative(directory).string());
    if (wanted == tree.end() || !entry->is_regular_file() || entry->is_symlink()) return false;
    const auto now = files.status(entry->path());
    if (!now || now->size != wanted->second.bytes.size() || now->mode != wanted->second.mode ||
        files.read(entry->path()) != wanted->second.bytes)
      return false;
    ++found;
  }
  return !error && found == tree.size();
}

}  // namespace

void FilesOnDisk::replace_tree(const fs::path& directory, const Tree& tree,
                               unsigned directory_mode) {
  refuse_escapes(directory, tree);
  fs::path named = directory;
  if (!named.has_filename()) named = named.parent_path();  // a trailing slash
  const fs::path target = link_target(named);
  if (exists(target) && !is_directory(target)) {
    throw system_error(fmt::format("replace directory '{}'", directory.string()), ENOTDIR);
  }
  remove_left_overs(*this, target);
  if (is_already(*this, target, tree, directory_mode)) return;
  make_directories(directory_of(target), directory_mode);

  const Beside fresh(*this, target);
  for (const auto& [name, file] : tree) {
    const fs::path path = fresh.path() / name;
    make_directories(path.parent_path(), directory_mode);
    write_new(path, file);
  }
  if (::chmod(fresh.path().c_str(), directory_mode) != 0) {
    throw system_error(fmt::format("set the mode of '{}'", directory.string()), errno);
  }
  const int error = swap_in(fresh.path(), target);
  if (error == EBUSY || error == EXDEV) return mirror(*this, target, tree, directory_mode);
  if (error != 0) {
    throw system_error(fmt::format("replace directory '{}'", directory.string()), error);
  }
}

}  // namespace sconectl::host
