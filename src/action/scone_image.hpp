// An image for SCONE: built, then signed, measured and protected by SCONE's own tools, which run in
// containers.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sconectl/action/signer.hpp"
#include "sconectl/image/engine.hpp"
#include "sconectl/image/plan.hpp"

namespace sconectl::action {

struct SconeImage {
  std::string id;
  image::EnclaveIdentity enclave;
};

/// The images that a plan for SCONE starts from are there, or can be pulled. Throws
/// Error{unavailable} that names the one that is not, and what to type instead.
void require_scone_images(System& system, image::Engine& engine, const image::BuildPlan& plan,
                          const image::Engine::Lines& lines);

/// Builds the plan in `directory` under unsigned_reference(); then what its tools make of it in
/// folders below. The signing key goes from memory to memory: neither image nor layer holds it. The
/// key of a file system protection file stays in `directory`/fspf_key (0600). Throws Error{failed}
/// if the finished image is not measured as it was.
SconeImage build_scone_image(System& system, image::Engine& engine, const image::BuildPlan& plan,
                             const std::filesystem::path& directory, const Signer& signer,
                             const image::Engine::Lines& lines);

/// What build_scone_image() has kept: the key of the file with this tag. Nothing if it is not
/// there.
[[nodiscard]] std::optional<std::string> kept_fspf_key(const host::Files& files,
                                                       const std::filesystem::path& directory,
                                                       const std::string& tag);

}  // namespace sconectl::action
