// The key and certificate with which a client shows itself to a CAS.
#pragma once

#include <string>
#include <string_view>

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/crypto/secret.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::cas {

struct Identity {
  crypto::PrivateKey key;
  crypto::Certificate certificate;

  /// Base58Check key hash: what `self show-key-hash` prints and access policies name (CL-114).
  [[nodiscard]] std::string key_hash() const;
  /// PKCS#8 key, then the certificate, in one text: `curl --cert` takes it (CL-022, RA-080).
  [[nodiscard]] crypto::Secret pem() const;
  [[nodiscard]] host::ClientCertificate client_certificate() const;
};

/// Reads such a text (CL-017). Throws Error{invalid} if key or certificate is missing or they do
/// not belong together; the text never shows the key.
[[nodiscard]] Identity parse_identity(std::string_view pem);

/// A new P-256 identity, self-signed, valid 1975-01-01 to 4096-01-01 (CL-026).
[[nodiscard]] Identity make_identity();

}  // namespace sconectl::cas
