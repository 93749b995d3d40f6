// `image sign`, `image verify`, `image generate-key-pair`: as cosign, with a key and without a
// transparency log.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sconectl/action/system.hpp"

namespace sconectl::action {

/// Signs what a tag or digest names in its registry; the digest.
std::string sign_image(System& system, const std::string& reference,
                       const std::filesystem::path& key_file);

struct VerifiedAttestation {
  std::string predicate_type;
  std::string predicate;  ///< JSON
};

struct VerifiedImage {
  std::string digest;
  std::vector<VerifiedAttestation> attestations;  ///< of this key
  std::vector<std::string> others;                ///< types of those that are not
};

/// Error{refused} without a signature of the key; Error{unavailable} without the image.
[[nodiscard]] VerifiedImage verify_image(System& system, const std::string& reference,
                                         const std::filesystem::path& public_key);

/// Writes PREFIX.key (mode 0600, under COSIGN_PASSWORD or a password that is asked for) and
/// PREFIX.pub. Error{conflict} if one of them is there.
void make_image_key(System& system, const std::filesystem::path& prefix);

}  // namespace sconectl::action
