// /scone folders on disk, one file per image id.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sconectl/host/files.hpp"
#include "sconectl/image/facts.hpp"

namespace sconectl::image {

/// An image id names its content, so an entry never gets old. Files have mode 0600: a folder may
/// hold secrets that a manifest gave a value. Without a directory nothing is kept.
class FolderCache {
 public:
  FolderCache(host::Files& files, std::filesystem::path directory);

  /// Nothing if there is no entry, or one that can not be read.
  [[nodiscard]] std::optional<SconeFolder> find(const std::string& image_id) const;
  /// A failure to write is no error: the next run reads the image again.
  void keep(const std::string& image_id, const SconeFolder& folder);

 private:
  [[nodiscard]] std::optional<std::filesystem::path> path(const std::string& image_id) const;

  host::Files& files_;
  std::filesystem::path directory_;
};

}  // namespace sconectl::image
