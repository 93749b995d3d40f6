// The entries of a layer, collected before they are packed.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "sconectl/host/files.hpp"
#include "sconectl/image/assembly.hpp"
#include "sconectl/oci/tar.hpp"
#include "sconectl/oci/tree.hpp"

namespace sconectl::image {

struct LayerFile {
  oci::TarEntry entry;
  std::filesystem::path source;      ///< of files
  std::optional<std::string> bytes;  ///< of a file that is in memory instead
};

/// By path in the image, without '/' in front: so a directory stands before what is in it, and the
/// order is the same everywhere.
using LayerFiles = std::map<std::string, LayerFile>;

/// What the placements of a layer bring into an image whose directories are `tree`, with the
/// directories above it.
[[nodiscard]] LayerFiles layer_files(const AssemblyLayer& layer, const host::Files& files,
                                     const std::filesystem::path& context, const oci::Tree& tree);

/// The same for texts of ours, by path in the image.
[[nodiscard]] LayerFiles text_files(const std::map<std::string, std::string>& texts,
                                    const oci::Tree& tree);

}  // namespace sconectl::image
