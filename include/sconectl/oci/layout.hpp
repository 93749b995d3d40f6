// Directories in OCI layout (OCI image specification, "OCI Image Layout"), and archives of them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/host/files.hpp"
#include "sconectl/oci/blob_store.hpp"
#include "sconectl/oci/source.hpp"

namespace sconectl::oci {

/// An image to be written: everything it is made of, its blobs in a store.
struct WholeImage {
  std::string manifest;  ///< bytes
  std::string media_type{manifest_type};
  std::string config;  ///< bytes
  std::vector<Descriptor> layers;
  std::string name;  ///< org.opencontainers.image.ref.name; "" without one
};

/// "oci:DIRECTORY[:NAME]": an image in a layout, where another one is in a registry.
struct LayoutReference {
  std::filesystem::path directory;
  std::string name;  ///< a name may hold colons itself; "": the only image
};
/// Nothing for a name of another form.
[[nodiscard]] std::optional<LayoutReference> parse_layout_reference(std::string_view text);

/// Replaces `directory` by a layout of one image. Blobs that were there and are not the image's go,
/// but only when the new index is there: until then, and after a failure, the layout is the old
/// one.
void write_layout(const WholeImage& image, BlobStore& store, host::Files& files,
                  const std::filesystem::path& directory);

/// The same as one archive (`oci-archive` of skopeo; `docker load` takes it). Times in it are
/// `time`; the same image gives the same bytes.
void write_layout_archive(const WholeImage& image, BlobStore& store, host::Files& files,
                          const std::filesystem::path& file, std::uint64_t time);

/// A layout on this machine as a source of images.
class Layout final : public ImageSource {
 public:
  /// Error{unavailable} if the directory is no layout.
  Layout(host::Files& files, std::filesystem::path directory);

  /// `selector`: a digest, the name that the index gives an image, or "" for the only one.
  std::optional<FetchedManifest> manifest(const std::string& selector) override;
  void blob(const Descriptor& blob, const Sink& take) override;
  [[nodiscard]] std::string name() const override;
  /// Whether an image of one platform is here with all of its blobs, as far as their lengths tell.
  [[nodiscard]] bool has_whole(const std::string& digest);
  /// Everything that its images are made of, manifests included. Error{invalid} if one of them is
  /// damaged or no image.
  [[nodiscard]] std::vector<Descriptor> blobs();

 private:
  /// Layers and configuration; nothing if no image of one platform is here.
  [[nodiscard]] std::optional<std::vector<Descriptor>> parts(const std::string& digest);
  [[nodiscard]] std::filesystem::path blob_path(const std::string& digest) const;

  host::Files& files_;
  std::filesystem::path directory_;
  Index index_;
};

}  // namespace sconectl::oci
