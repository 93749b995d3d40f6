// Whether a build would be the one before.
#pragma once

#include <filesystem>
#include <string>

#include "sconectl/host/files.hpp"
#include "sconectl/image/file_hashes.hpp"

namespace sconectl::image {

/// A digest of everything that write() has put into `directory` for a build: the Dockerfile (with
/// the digests of the files that its commands read) and the context, with names, modes and links.
/// 64 hex digits.
[[nodiscard]] std::string fingerprint(const host::Files& files,
                                      const std::filesystem::path& directory, FileHashes& hashes);

}  // namespace sconectl::image
