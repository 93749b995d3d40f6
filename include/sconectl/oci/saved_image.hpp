// An image as `docker save` writes it, and podman and buildah as docker-archive: one archive, read
// from the disk.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "sconectl/host/files.hpp"
#include "sconectl/oci/source.hpp"

namespace sconectl::oci {

class SavedImage final : public ImageSource {
 public:
  /// Reads what the archive says about its image. Error{invalid} if it holds not exactly one, or
  /// not all of it.
  SavedImage(host::Files& files, std::filesystem::path archive);

  /// It has no manifest of its own: the digest is that of its configuration, which engines call its
  /// id. Layers are named by the digests of their bytes in the archive.
  [[nodiscard]] const ResolvedImage& image() const { return image_; }

  /// None: see image().
  std::optional<FetchedManifest> manifest(const std::string& selector) override;
  /// Of a layer. The archive is read up to it.
  void blob(const Descriptor& blob, const Sink& take) override;
  [[nodiscard]] std::string name() const override;

 private:
  host::Files& files_;
  std::filesystem::path archive_;
  std::map<std::string, std::string> places_;  ///< digest of a layer -> path in the archive
  ResolvedImage image_;
};

}  // namespace sconectl::oci
