// Images that are read without a container engine.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "sconectl/action/system.hpp"
#include "sconectl/image/base_image.hpp"
#include "sconectl/image/facts.hpp"
#include "sconectl/oci/blob_store.hpp"
#include "sconectl/oci/layout.hpp"
#include "sconectl/oci/registry.hpp"
#include "sconectl/oci/source.hpp"

namespace sconectl::action {

/// `--engine none`, or SCONECTL_ENGINE=none.
[[nodiscard]] bool without_engine(const System& system, const std::optional<std::string>& option);

struct FoundImage {
  std::unique_ptr<oci::ImageSource> source;
  oci::ResolvedImage image;
  /// Where it comes from, if that is a registry.
  std::optional<oci::ImageName> name;
};

/// Registries and directories in OCI layout; each image is looked up once.
class ImageSources {
 public:
  explicit ImageSources(System& system);

  /// `reference`: an image, or "oci:DIRECTORY[:NAME]". Error{unavailable} if there is none.
  const FoundImage& find(const std::string& reference);
  /// What a reference means now, in one question; nothing if there is no such image. As a source
  /// has it: of an image of several platforms the digest of their index.
  [[nodiscard]] std::optional<std::string> digest(const std::string& reference);
  /// Where an image is pushed to.
  [[nodiscard]] oci::Registry registry(const oci::ImageName& name);
  /// How an image would be started by itself.
  [[nodiscard]] image::BaseImage start_of(const std::string& reference);
  /// What an image says about itself: from its label, or the folder in its layers.
  [[nodiscard]] image::Facts facts(const std::string& reference);

  [[nodiscard]] oci::BlobStore& store() { return store_; }
  /// Of what is known about layers of others: their directories, and the books of their packages.
  [[nodiscard]] std::filesystem::path trees() const { return directory_ / "trees-1"; }
  [[nodiscard]] std::filesystem::path packages() const { return directory_ / "packages-1"; }

 private:
  /// A source that is not a registry, and what selects an image of it.
  struct InLayout {
    std::unique_ptr<oci::Layout> source;
    std::string selector;
  };
  /// Nothing if the reference names no layout.
  [[nodiscard]] std::optional<InLayout> in_layout(const std::string& reference);
  [[nodiscard]] image::SconeFolder folder_in_layers(const FoundImage& found,
                                                    const std::string& reference);

  System& system_;
  std::filesystem::path directory_;
  oci::Credentials credentials_;
  oci::BlobStore store_;
  std::map<std::string, FoundImage> found_;
};

}  // namespace sconectl::action
