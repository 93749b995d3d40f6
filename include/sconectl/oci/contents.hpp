// The files of an image, as a container sees them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sconectl/oci/blob_store.hpp"
#include "sconectl/oci/source.hpp"
#include "sconectl/oci/tar.hpp"

namespace sconectl::oci {

struct FileFacts {
  TarKind kind = TarKind::file;
  unsigned mode = 0;
  std::uint64_t user = 0;
  std::uint64_t group = 0;
  std::uint64_t time = 0;
  std::uint64_t size = 0;
  std::string digest = {};  ///< of a file's bytes
  std::string link = {};    ///< of links: where they lead
  friend bool operator==(const FileFacts&, const FileFacts&) = default;
};

/// By path, without '/' in front. A hard link has the facts of the file that it names.
using Contents = std::map<std::string, FileFacts>;

/// All layers over each other, lowest first, with what they take away from those below.
[[nodiscard]] Contents contents_of(const std::vector<Descriptor>& layers, ImageSource& source,
                                   BlobStore& store);

/// Puts one layer over what is below it; `read` passes its archive on, not compressed.
void add_layer(Contents& contents, const std::function<void(const Sink& take)>& read);

}  // namespace sconectl::oci
