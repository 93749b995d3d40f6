// Many signatures of one Ed25519 key.
#pragma once

#include <string>
#include <string_view>

#include "sconectl/crypto/key.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::crypto {

/// Signs as PrivateKey::sign() of an Ed25519 key does, with the same result (RFC 8032
/// section 5.1.6), in less than half of the time that OpenSSL 3.0 needs. May be used from several
/// threads.
class Ed25519Signer {
 public:
  /// Error{invalid} for a key of another type.
  explicit Ed25519Signer(const PrivateKey& key);

  /// 64 bytes.
  [[nodiscard]] std::string sign(std::string_view message) const;

 private:
  Secret seed_and_public_key_;
};

}  // namespace sconectl::crypto
