// References of images taken apart, with the names that cosign (go-containerregistry) gives to
// their parts.
#pragma once

#include <string>
#include <string_view>

namespace sconectl::supply {

struct Reference {
  std::string registry;    ///< "index.docker.io" where none is named, and for "docker.io"
  std::string repository;  ///< "library/debian" for "debian"
  std::string tag;         ///< may be empty
  std::string digest;      ///< "sha256:…", may be empty
};

/// Of a reference that text::image_reference_fault() takes; others give some parts, too.
[[nodiscard]] Reference parse_reference(std::string_view reference);

}  // namespace sconectl::supply
