// Bech32 (BIP 173), as age writes its keys: without a bound on the length.
#pragma once

#include <optional>
#include <string_view>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::crypto {

/// Lower case.
[[nodiscard]] Secret bech32(std::string_view prefix, std::string_view bytes);
/// The bytes. `text` is in lower case. Nothing for another prefix, a wrong character, checksum or
/// padding.
[[nodiscard]] std::optional<Secret> unbech32(std::string_view prefix, std::string_view text);

}  // namespace sconectl::crypto
