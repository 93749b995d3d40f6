// What a build was made from and what came out, beside its context:
// target/images/<name>/built.json.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sconectl/host/files.hpp"

namespace sconectl::action {

struct BuildRecord {
  std::string inputs;     ///< image::fingerprint, and without an engine what else goes into files
  std::string engine;     ///< docker, podman, buildah or none
  std::string reference;  ///< build.to
  std::string base_id;    ///< of the images that it is built on, as the engine names them; without
                          ///< an engine the digest of the base
  std::string id;
  std::string digest;          ///< "" if it was not pushed
  std::string file_list = {};  ///< image::Facts::file_list, of an image without an engine
};

/// Nothing if there is none, or one that can not be read: then it is built.
[[nodiscard]] std::optional<BuildRecord> read_build_record(const host::Files& files,
                                                           const std::filesystem::path& directory);
void write_build_record(const BuildRecord& record, host::Files& files,
                        const std::filesystem::path& directory);

}  // namespace sconectl::action
