// Who signs the enclave of a service image.
#pragma once

#include <filesystem>

#include "sconectl/action/apply_service.hpp"
#include "sconectl/action/signer.hpp"
#include "sconectl/manifest/service.hpp"

namespace sconectl::action {

/// The key that signs enclaves: made once, for every runtime, so that an image that is rebuilt with
/// hardware later keeps its signer. A key that the manifest names is the user's own.
void keep_signing_key(System& system, const std::filesystem::path& target,
                      const manifest::Service& service);

/// What the options name, the key of the manifest, or ours.
[[nodiscard]] SignerOptions image_signer(const manifest::Service& service,
                                         const ServiceOptions& options);

}  // namespace sconectl::action
