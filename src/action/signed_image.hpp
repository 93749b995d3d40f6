// An image for Gramine: built, measured inside of the build, and signed outside of it.
#pragma once

#include <filesystem>
#include <string>

#include "sconectl/action/signer.hpp"
#include "sconectl/image/engine.hpp"
#include "sconectl/image/plan.hpp"

namespace sconectl::action {

struct SignedImage {
  std::string id;
  image::EnclaveIdentity enclave;
};

/// Builds the plan in `directory` under unsigned_reference(), takes from there what has to be
/// signed, and builds the image with its signature in `directory`/signing. No key is in either.
SignedImage build_signed_image(System& system, image::Engine& engine, const image::BuildPlan& plan,
                               const std::filesystem::path& directory, const Signer& signer,
                               const image::Engine::Lines& lines);

}  // namespace sconectl::action
