// Names of images as engines understand them: "host:port/path/name:tag@digest".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sconectl::oci {

/// What a name leaves out is filled in as docker does: docker.io, library/, the tag latest.
struct ImageName {
  std::string registry;               ///< "docker.io", "127.0.0.1:5000"
  std::string repository;             ///< "library/python"
  std::string tag;                    ///< "" with a digest and without a tag
  std::optional<std::string> digest;  ///< "sha256:…"

  /// The digest if there is one, else the tag: how a registry is asked for a manifest.
  [[nodiscard]] std::string selector() const { return digest.value_or(tag); }
  /// With everything written out.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] ImageName with_digest(std::string other) const;
  friend bool operator==(const ImageName&, const ImageName&) = default;
};

/// Throws Error{invalid} for a text that is no image reference.
[[nodiscard]] ImageName parse_image_name(std::string_view text);

/// "sha256:" and 64 hex digits in lower case: the only kind of digest that is read and written
/// here.
[[nodiscard]] bool is_digest(std::string_view text);
/// The digest of bytes.
[[nodiscard]] std::string digest_of(std::string_view bytes);

}  // namespace sconectl::oci
