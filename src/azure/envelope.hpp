// Encrypted values in a vault (SL-191).
#pragma once

#include <string_view>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::azure {

/// Opens base64(00A1 ‖ 0002 ‖ length, 16 bits, big-endian ‖ IV, 12 ‖ ciphertext ‖ tag, 16),
/// AES-256-GCM without associated data. Throws Error{refused}.
[[nodiscard]] crypto::Secret open_envelope(std::string_view text, const crypto::Secret& key);

}  // namespace sconectl::azure
