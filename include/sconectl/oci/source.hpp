// Where images come from: a registry, or a directory in OCI layout.
#pragma once

#include <optional>
#include <string>

#include "sconectl/host/files.hpp"
#include "sconectl/oci/manifest.hpp"

namespace sconectl::oci {

using host::Sink;

/// The bytes of a manifest or index, under their name.
struct FetchedManifest {
  std::string media_type;
  std::string digest;
  std::string bytes;
};

class ImageSource {
 public:
  ImageSource() = default;
  ImageSource(const ImageSource&) = delete;
  ImageSource& operator=(const ImageSource&) = delete;
  virtual ~ImageSource() = default;

  /// Of a tag or a digest; nothing if there is none. The bytes have the digest that they are said
  /// to have.
  virtual std::optional<FetchedManifest> manifest(const std::string& selector) = 0;
  /// Passes the bytes of a blob on. They are not compared with its digest: whoever keeps them does.
  virtual void blob(const Descriptor& blob, const Sink& take) = 0;
  /// For messages: "registry 127.0.0.1:5000/base".
  [[nodiscard]] virtual std::string name() const = 0;
};

/// Small blobs (configurations) and manifests: bytes that are read whole.
inline constexpr std::uint64_t largest_document = std::uint64_t{16} << 20U;

/// A blob of at most `largest_document` bytes, compared with its digest.
[[nodiscard]] std::string small_blob(ImageSource& source, const Descriptor& blob);

/// An image for one platform.
struct ResolvedImage {
  std::string digest;  ///< of the manifest
  Manifest manifest;
  std::string config;
};

/// Follows an index to the manifest for `platform`. Error{unavailable} if there is no such image.
[[nodiscard]] ResolvedImage resolve(ImageSource& source, const std::string& selector,
                                    const Platform& platform);

}  // namespace sconectl::oci
