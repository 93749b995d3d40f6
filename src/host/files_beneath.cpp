#include "sconectl/host/files_beneath.hpp"

#include <fmt/format.h>

#include "sconectl/diag/error.hpp"

namespace sconectl::host {

namespace fs = std::filesystem;

namespace {

class FilesBeneath final : public Files {
 public:
  FilesBeneath(Files& files, fs::path root) : files_(files), root_(std::move(root)) {}

  std::string read(const fs::path& path, std::size_t limit) const override {
    return files_.read(checked(path), limit);
  }
  std::optional<std::string> read_if_exists(const fs::path& path,
                                            std::size_t limit) const override {
    return files_.read_if_exists(checked(path), limit);
  }
  std::optional<FileStatus> status(const fs::path& path) const override {
    return files_.status(checked(path));
  }
  std::optional<fs::path> read_link(const fs::path& path) const override {
    return files_.read_link(checked_directory(path));
  }
  std::optional<fs::path> link_below(const fs::path& root, const fs::path& path) const override {
    return files_.link_below(root, path);
  }
  std::vector<std::string> list(const fs::path& directory) const override {
    return files_.list(checked(directory));
  }
  void make_directories(const fs::path& directory, unsigned mode) override {
    files_.make_directories(checked(directory), mode);
  }
  void write(const fs::path& path, std::string_view bytes, unsigned mode,
             Durability durability) override {
    files_.write(checked(path), bytes, mode, durability);
  }
  void read_in_parts(const fs::path& path, const Sink& take) const override {
    files_.read_in_parts(checked(path), take);
  }
  void write_in_parts(const fs::path& path, unsigned mode, Durability durability,
                      const std::function<void(const Sink& take)>& produce) override {
    files_.write_in_parts(checked(path), mode, durability, produce);
  }
  void replace_tree(const fs::path& directory, const Tree& tree, unsigned directory_mode) override {
    files_.replace_tree(checked(directory), tree, directory_mode);
  }
  void copy_file(const fs::path& from, const fs::path& to) override {
    files_.copy_file(from, checked(to));
  }
  void move_file(const fs::path& from, const fs::path& to) override {
    files_.move_file(checked(from), checked(to));
  }
  void make_link(const fs::path& target, const fs::path& path) override {
    files_.make_link(target, checked_directory(path));
  }
  void remove_tree(const fs::path& path) override { files_.remove_tree(checked_directory(path)); }
  std::unique_ptr<FileLock> lock(const fs::path& path,
                                 const std::function<void()>& waiting) override {
    return files_.lock(checked(path), waiting);
  }
  std::unique_ptr<FileLock> try_lock(const fs::path& path) override {
    return files_.try_lock(checked(path));
  }
  fs::path make_temporary_directory(std::string_view prefix, const fs::path& parent) override {
    return files_.make_temporary_directory(prefix, checked(parent));
  }

 private:
  [[nodiscard]] const fs::path& checked(const fs::path& path) const {
    if (const auto link = files_.link_below(root_, path))
      throw diag::Error(
          diag::ErrorKind::invalid,
          fmt::format("'{}' is a symbolic link, and nothing is read or written through links below "
                      "'{}'; remove it",
                      link->string(), root_.string()));
    return path;
  }

  /// For what acts on a link itself: only the way to it has to be free of links.
  [[nodiscard]] const fs::path& checked_directory(const fs::path& path) const {
    (void)checked(path.parent_path());
    return path;
  }

  Files& files_;
  fs::path root_;
};

}  // namespace

std::unique_ptr<Files> files_beneath(Files& files, fs::path root) {
  return std::make_unique<FilesBeneath>(files, std::move(root));
}

}  // namespace sconectl::host
