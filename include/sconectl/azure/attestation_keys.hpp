// The keys that a provider of Azure Attestation signs with (azure.md 3.4).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/key.hpp"

namespace sconectl::azure {

/// An immutable set of keys, as GET /certs gives it.
class AttestationKeys {
 public:
  /// A JWK set whose keys are in certificates: of each entry the key of x5c[0] is read (standard
  /// base64 of DER). Who issued the certificate and when it ends do not matter: the set comes by
  /// TLS from the provider. Entries for other keys than RSA, without `kid` and those that can not
  /// be read are left out. Throws Error{invalid} for what is no such set, or far too large.
  [[nodiscard]] static AttestationKeys parse(std::string_view json);

  /// Whether there is one of this id, byte for byte: it may hold '+', '/' and '='.
  [[nodiscard]] bool has(std::string_view kid) const;
  /// The RSA key of this id. Throws Error{refused} if there is none, if two keys have the id, and
  /// if the key has less than 2048 bits.
  [[nodiscard]] const crypto::PublicKey& key(std::string_view kid) const;

 private:
  struct Entry {
    std::string kid;
    crypto::PublicKey key;
  };
  std::vector<Entry> entries_;
};

}  // namespace sconectl::azure
