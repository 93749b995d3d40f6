// What the value of a vault's secret is (SL-190 to SL-192).
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sconectl/azure/key_vault.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/crypto/secret.hpp"
#include "sconectl/session/secret.hpp"

namespace sconectl::azure {

struct TextValue {
  crypto::Secret text;
};
struct BytesValue {
  crypto::Secret bytes;
};
struct CertificateValue {
  std::vector<crypto::Certificate> chain;  ///< leaf first, then issuers up to where it is known
  std::optional<crypto::PrivateKey> key;   ///< not there if the vault does not give it away
};
using VaultValue = std::variant<TextValue, BytesValue, crypto::PrivateKey, CertificateValue>;

/// Without `kind`: PEM with certificates is a certificate, PEM with nothing but a key is a private
/// key, all else is text: PKCS#12, and what holds PEM after something else. Bytes without an
/// envelope are written in hex, as in a session. `decryption_key` (32 bytes) opens the envelope of
/// SL-191. Throws Error{refused} for a value that does not fit; its text does not show the value.
[[nodiscard]] VaultValue vault_value(const VaultSecret& secret,
                                     std::optional<session::SecretKind> kind,
                                     const crypto::Secret* decryption_key);

}  // namespace sconectl::azure
