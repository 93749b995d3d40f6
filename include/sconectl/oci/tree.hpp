// The directories and symbolic links of an image: where something that is added on top ends up.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "sconectl/host/files.hpp"
#include "sconectl/oci/blob_store.hpp"
#include "sconectl/oci/source.hpp"

namespace sconectl::oci {

struct Directory {
  unsigned mode = 0755;
  std::uint64_t user = 0;
  std::uint64_t group = 0;
  friend bool operator==(const Directory&, const Directory&) = default;
};

/// Paths have no '/' in front.
class Tree {
 public:
  /// What one layer says, in the order of its archive.
  void apply(const TarEntry& entry);
  /// Puts what a layer says over what is known.
  void add_layer(const Tree& layer);

  /// Where a path leads, every link followed as far as the tree knows: "lib/x" is "usr/lib/x" where
  /// lib is a link. Links never lead out of the image.
  [[nodiscard]] std::string resolved(const std::string& path) const;
  /// Nothing for a directory that the image does not have.
  [[nodiscard]] const Directory* directory(const std::string& path) const;
  /// Of all directories, and of all symbolic links; in order.
  [[nodiscard]] std::vector<std::string> directories() const;
  [[nodiscard]] std::vector<std::string> links() const;

  [[nodiscard]] std::string text() const;
  /// Nothing for what text() did not write.
  [[nodiscard]] static std::optional<Tree> parse(const std::string& text);

 private:
  std::map<std::string, std::variant<Directory, std::string>> entries_;  ///< or what a link holds
  std::set<std::string> removed_;                                        ///< from lower layers
  std::set<std::string> emptied_;
};

/// Of all layers of an image, lowest first. Layers are fetched into the store; what was found in
/// one is kept there.
[[nodiscard]] Tree tree_of(const std::vector<Descriptor>& layers, ImageSource& source,
                           BlobStore& store, host::Files& files,
                           const std::filesystem::path& cache);

}  // namespace sconectl::oci
