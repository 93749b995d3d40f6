// The user's files that go into a build context.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "image/ignore.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::image {

/// Where a path below the build folder leads, every symbolic link followed as long as it stays
/// below; nothing if one leaves the folder or is absolute.
[[nodiscard]] std::optional<std::filesystem::path> resolved_inside(
    const host::Files& files, const std::filesystem::path& folder,
    const std::filesystem::path& path);

/// Opens the directories of the user up. Left out: what the ignore files of the build folder say,
/// what built_in_excludes() says, and target directories of ours, wherever they lie. A link that
/// stays in the build folder is kept as a link; Error{invalid} for one that leaves it.
class SourceFiles {
 public:
  /// `target_directory`: of this run, recognised even while it is empty.
  SourceFiles(const host::Files& files, const std::filesystem::path& folder,
              const std::filesystem::path& target_directory);

  /// `source` as written in the manifest, `target` its path in the context. What a manifest names
  /// itself is left out only by an ignore file.
  void add(const std::filesystem::path& source, const std::string& target);

  /// What a pattern of an ignore file names stays out, whatever the ignore files say.
  void leave_out(std::string_view pattern);

  /// Paths in the context: of files, with where they come from; of links, with what they hold; of
  /// directories.
  [[nodiscard]] const auto& files() const { return found_; }
  [[nodiscard]] const auto& links() const { return links_; }
  [[nodiscard]] const auto& directories() const { return directories_; }

 private:
  void add_below(const std::filesystem::path& source, const std::string& target, int depth);
  void add_link(const std::filesystem::path& source, const std::string& target);
  [[nodiscard]] std::string relative(const std::filesystem::path& path) const;
  [[nodiscard]] bool is_target_directory(const std::filesystem::path& directory) const;

  const host::Files& files_;
  std::filesystem::path folder_;
  std::filesystem::path target_directory_;
  IgnoreList own_;       ///< the ignore files of the folder
  IgnoreList built_in_;  ///< with the same files after it, so that they can take back
  std::map<std::string, std::filesystem::path> found_;
  std::map<std::string, std::filesystem::path> links_;
  std::set<std::string> directories_;
};

}  // namespace sconectl::image
