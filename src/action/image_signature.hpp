// Signatures and attestations beside an image in its registry, as cosign puts them there.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "action/image_documents.hpp"
#include "action/image_sources.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/oci/name.hpp"

namespace sconectl::action {

/// A key of cosign or in PEM; its password is COSIGN_PASSWORD, or asked for at the terminal.
[[nodiscard]] crypto::PrivateKey read_image_key(System& system, const std::filesystem::path& file);

/// Adds a signature, and an attestation for each document, to what is there of others. Documents of
/// a type that is there with the same statement are not added again.
void sign_image(ImageSources& sources, const oci::ImageName& image, const std::string& digest,
                const crypto::PrivateKey& key, const std::vector<ImageDocument>& documents);

}  // namespace sconectl::action
