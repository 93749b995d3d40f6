// Some files of an image, with their bytes.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/host/files.hpp"
#include "sconectl/oci/blob_store.hpp"
#include "sconectl/oci/source.hpp"

namespace sconectl::oci {

/// Which files, and how much of one is kept.
struct Selection {
  std::function<bool(const std::string& path)> wants;  ///< paths without '/' in front
  std::uint64_t largest = std::uint64_t{32} << 20U;    ///< bytes of one file
  std::uint64_t most = std::uint64_t{512} << 20U;  ///< bytes of all in a layer; more is an error
};

/// By path; nothing for a file that is larger than what is kept.
using SelectedFiles = std::map<std::string, std::optional<std::string>>;

/// What of the selection the layers (lowest first) leave over each other. Layers that the store has
/// not are read from the source and not kept; what was found in one is kept in `cache`, which is
/// for this one selection.
[[nodiscard]] SelectedFiles selected_files(const std::vector<Descriptor>& layers,
                                           ImageSource& source, BlobStore& store,
                                           const Selection& selection, host::Files& files,
                                           const std::filesystem::path& cache);

}  // namespace sconectl::oci
