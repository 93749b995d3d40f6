// Blobs on this machine, by digest: layers that were read or made before.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "sconectl/host/files.hpp"
#include "sconectl/oci/manifest.hpp"
#include "sconectl/oci/source.hpp"
#include "sconectl/oci/tar.hpp"

namespace sconectl::oci {

/// A layer that was made here.
struct MadeLayer {
  Descriptor blob;
  std::string diff_id;  ///< digest of the archive before it was compressed
};

/// Hears how many bytes of an archive were read, of those that are read twice both times.
using Packed = std::function<void(std::uint64_t bytes)>;

/// A directory that may be removed at any time: everything in it can be fetched or made again.
/// Several processes may use it at once.
class BlobStore {
 public:
  /// `directory` is made when something is kept.
  BlobStore(host::Files& files, std::filesystem::path directory);

  /// Whether the bytes are here, as far as their length tells.
  [[nodiscard]] bool has(const Descriptor& blob) const;
  /// Fetches a blob that is not here. Error{invalid} if the source gives other bytes.
  void fetch(ImageSource& source, const Descriptor& blob);
  /// Passes the bytes of a blob that is here on; Error{invalid} at the end if they were damaged
  /// meanwhile (then they are removed).
  void read(const Descriptor& blob, const Sink& take);

  /// As read(), for a blob that may be here; if it is not, it is passed on from the source and not
  /// kept. Error{invalid} at the end if these were other bytes.
  void read_or_pass(ImageSource& source, const Descriptor& blob, const Sink& take);

  /// Packs a layer: `fill` writes its archive, and is called twice unless the same archive was
  /// packed before. It has to write the same bytes each time. `packed` hears of each part.
  MadeLayer pack(std::uint64_t time, const std::function<void(TarWriter& archive)>& fill,
                 const Packed& packed = {});

  [[nodiscard]] std::filesystem::path path(const std::string& digest) const;

 private:
  [[nodiscard]] std::optional<MadeLayer> packed_before(const std::string& diff_id) const;
  void make_room();

  host::Files& files_;
  std::filesystem::path directory_;
};

}  // namespace sconectl::oci
