// The directory of a zip archive, and what is stored in it without compression.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sconectl::supply {

struct ZipEntry {
  std::string_view name;
  std::uint16_t method = 0;  ///< 0 stored, 8 deflated
  std::uint32_t compressed_size = 0;
  std::uint32_t size = 0;
  std::uint32_t offset = 0;  ///< of the local header
};

/// The entries of the central directory (APPNOTE 4.3.12); nothing for what is no zip archive, is
/// damaged there, or needs zip64.
[[nodiscard]] std::optional<std::vector<ZipEntry>> zip_directory(std::string_view archive);

/// The bytes of an entry that is stored; nothing for one that is compressed, or not all there.
[[nodiscard]] std::optional<std::string_view> stored_content(std::string_view archive,
                                                             const ZipEntry& entry);

}  // namespace sconectl::supply
