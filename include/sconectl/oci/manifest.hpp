// What a registry has about an image: manifests and indexes (OCI image specification 1.1; Docker's
// forms of them are read, too).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sconectl::oci {

inline constexpr std::string_view manifest_type = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view index_type = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view config_type = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view layer_type = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr std::string_view docker_manifest_type =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view docker_index_type =
    "application/vnd.docker.distribution.manifest.list.v2+json";

using Annotations = std::map<std::string, std::string>;

/// Of the image that an image was built on (OCI image specification, "Pre-Defined Annotation
/// Keys").
inline constexpr std::string_view base_name_annotation = "org.opencontainers.image.base.name";
inline constexpr std::string_view base_digest_annotation = "org.opencontainers.image.base.digest";

/// What some bytes are called: their type, SHA-256 and length.
struct Descriptor {
  std::string media_type;
  std::string digest;  ///< "sha256:…"
  std::uint64_t size = 0;
  Annotations annotations = {};
  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

/// Docker's words for a layer as OCI's: a manifest does not mix them.
[[nodiscard]] Descriptor in_words_of_oci(Descriptor layer);

struct Manifest {
  std::string media_type{manifest_type};
  std::string artifact_type = {};  ///< of what is no image; "" otherwise
  Descriptor config;
  std::vector<Descriptor> layers;
  Annotations annotations = {};
};

/// "linux/amd64", of one image among those for several machines.
struct Platform {
  std::string system;        ///< "linux"
  std::string architecture;  ///< "amd64"
  std::string variant = {};  ///< "v8" or ""
  [[nodiscard]] std::string text() const;
  friend bool operator==(const Platform&, const Platform&) = default;
};

/// Of the machine that this program is built for: its launcher runs nowhere else.
[[nodiscard]] Platform this_platform();

struct IndexEntry {
  Descriptor manifest;
  Platform platform;  ///< empty words where none is said
};

struct Index {
  std::string media_type{index_type};
  std::vector<IndexEntry> manifests;
  Annotations annotations = {};
};

/// `from`: whose bytes they are, for errors. Error{invalid} for JSON that is neither, and for
/// digests that are not of SHA-256.
[[nodiscard]] std::variant<Manifest, Index> parse_manifest(std::string_view json,
                                                           const std::string& from);

/// The entry for a platform; Error{unavailable} that names what there is.
[[nodiscard]] const Descriptor& manifest_for(const Index& index, const Platform& platform,
                                             const std::string& from);

/// The same manifest gives the same bytes.
[[nodiscard]] std::string write(const Manifest& manifest);
[[nodiscard]] std::string write(const Index& index);

}  // namespace sconectl::oci
