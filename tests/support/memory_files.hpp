// A file system in memory.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "sconectl/host/files.hpp"

namespace sconectl::test {

/// Paths are compared after lexical normalisation; relative ones are below "/cwd". Links are
/// kept and not followed; there are no permissions. Writing into a directory that was never made is
/// an error, as on a disk. Threads may use it; what returns a reference is for when they are gone.
class MemoryFiles final : public host::Files {
 public:
  MemoryFiles();

  std::string read(const std::filesystem::path& path, std::size_t limit) const override;
  std::optional<std::string> read_if_exists(const std::filesystem::path& path,
                                            std::size_t limit) const override;
  std::optional<host::FileStatus> status(const std::filesystem::path& path) const override;
  std::optional<std::filesystem::path> read_link(const std::filesystem::path& path) const override;
  std::optional<std::filesystem::path> link_below(const std::filesystem::path& root,
                                                  const std::filesystem::path& path) const override;
  std::vector<std::string> list(const std::filesystem::path& directory) const override;
  void make_directories(const std::filesystem::path& directory, unsigned mode) override;
  void write(const std::filesystem::path& path, std::string_view bytes, unsigned mode,
             host::Durability durability) override;
  void replace_tree(const std::filesystem::path& directory, const host::Tree& tree,
                    unsigned directory_mode) override;
  void copy_file(const std::filesystem::path& from, const std::filesystem::path& to) override;
  void move_file(const std::filesystem::path& from, const std::filesystem::path& to) override;
  void make_link(const std::filesystem::path& target, const std::filesystem::path& path) override;
  void remove_tree(const std::filesystem::path& path) override;
  std::unique_ptr<host::FileLock> lock(const std::filesystem::path& path,
                                       const std::function<void()>& waiting) override;
  std::unique_ptr<host::FileLock> try_lock(const std::filesystem::path& path) override;
  std::filesystem::path make_temporary_directory(std::string_view prefix,
                                                 const std::filesystem::path& parent) override;

  using host::Files::is_directory;

  /// Puts a file there, with the directories above it.
  void put(const std::filesystem::path& path, std::string bytes, unsigned mode = 0644);
  /// All files, by absolute path.
  [[nodiscard]] const host::Tree& all() const { return files_; }
  /// From now on every change fails as on a full disk.
  void fill_disk() { full_ = true; }
  /// How often a file was written or a tree replaced.
  [[nodiscard]] int writes() const { return writes_; }

 private:
  void change();

  mutable std::recursive_mutex mutex_;
  host::Tree files_;
  std::map<std::string, unsigned> directories_;
  std::map<std::string, std::filesystem::path> links_;
  std::set<std::string> locks_;
  bool full_ = false;
  int writes_ = 0;
  int temporary_ = 0;
};

}  // namespace sconectl::test
