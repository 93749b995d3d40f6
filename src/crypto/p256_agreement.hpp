// ECDH on P-256 with a key that is used once.
#pragma once

#include <string>
#include <string_view>

#include "sconectl/crypto/p256.hpp"

namespace sconectl::crypto {

struct P256Agreement {
  std::string public_point;  ///< of the key that was made for it
  Secret shared;             ///< x, 32 bytes
};
/// Throws Error{invalid} for bytes that are no point.
[[nodiscard]] P256Agreement p256_agree_once(std::string_view point);

}  // namespace sconectl::crypto
