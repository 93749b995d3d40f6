// The real file system: reading in files.cpp, links in links.cpp, replacing files in write.cpp and
// replace_tree.cpp.
#pragma once

#include "sconectl/host/files.hpp"

namespace sconectl::host {

class FilesOnDisk final : public Files {
 public:
  std::string read(const std::filesystem::path& path, std::size_t limit) const override;
  void read_in_parts(const std::filesystem::path& path, const Sink& take) const override;
  std::optional<std::string> read_if_exists(const std::filesystem::path& path,
                                            std::size_t limit) const override;
  std::optional<FileStatus> status(const std::filesystem::path& path) const override;
  std::optional<std::filesystem::path> read_link(const std::filesystem::path& path) const override;
  std::optional<std::filesystem::path> link_below(const std::filesystem::path& root,
                                                  const std::filesystem::path& path) const override;
  std::vector<std::string> list(const std::filesystem::path& directory) const override;
  void make_directories(const std::filesystem::path& directory, unsigned mode) override;
  void write(const std::filesystem::path& path, std::string_view bytes, unsigned mode,
             Durability durability) override;
  void write_in_parts(const std::filesystem::path& path, unsigned mode, Durability durability,
                      const std::function<void(const Sink& take)>& produce) override;
  void replace_tree(const std::filesystem::path& directory, const Tree& tree,
                    unsigned directory_mode) override;
  void copy_file(const std::filesystem::path& from, const std::filesystem::path& to) override;
  void move_file(const std::filesystem::path& from, const std::filesystem::path& to) override;
  void make_link(const std::filesystem::path& target, const std::filesystem::path& path) override;
  void remove_tree(const std::filesystem::path& path) override;
  std::unique_ptr<FileLock> lock(const std::filesystem::path& path,
                                 const std::function<void()>& waiting) override;
  std::unique_ptr<FileLock> try_lock(const std::filesystem::path& path) override;
  std::filesystem::path make_temporary_directory(std::string_view prefix,
                                                 const std::filesystem::path& parent) override;
};

/// Where a write to `path` ends up: symbolic links at its end are followed, even a dangling one.
/// (Links in the directories above are the kernel's business.)
[[nodiscard]] std::filesystem::path link_target(const std::filesystem::path& path);

/// The directory that holds `path`; "." for a bare name.
[[nodiscard]] std::filesystem::path directory_of(const std::filesystem::path& path);

}  // namespace sconectl::host
