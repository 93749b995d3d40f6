// The directory of a zip archive, and the bytes of what is in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sconectl::supply {

inline constexpr std::uint16_t stored = 0;
inline constexpr std::uint16_t deflated = 8;

struct ZipEntry {
  std::string_view name;
  std::uint16_t method = stored;
  std::uint32_t compressed_size = 0;
  std::uint32_t size = 0;
  std::uint32_t offset = 0;  ///< of the local header
};

/// The entries of the central directory (APPNOTE 4.3.12); nothing for what is no zip archive, is
/// damaged there, or needs zip64.
[[nodiscard]] std::optional<std::vector<ZipEntry>> zip_directory(std::string_view archive);

/// The bytes of an entry as they stand in the archive, compressed or not; nothing if they are not
/// all there.
[[nodiscard]] std::optional<std::string_view> raw_content(std::string_view archive,
                                                          const ZipEntry& entry);

/// As raw_content(), nothing for an entry that is not stored.
[[nodiscard]] std::optional<std::string_view> stored_content(std::string_view archive,
                                                             const ZipEntry& entry);

}  // namespace sconectl::supply
