// The value of one secret, and what src/casd/secrets does with values. Everything here is a
// function of its arguments (and of random numbers): who may have which value is decided by
// secret_reader.hpp, where they are kept by store.hpp.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/crypto/secret.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::casd {

/// What a secret is once it was generated, read from the session's text or imported.
struct SecretMaterial {
  session::SecretKind kind = session::SecretKind::ascii;
  /// ascii: the text; binary: the bytes; pgp-key: the binary transferable secret key, or the public
  /// one if that is all that was imported. Else empty.
  crypto::Secret bytes;
  /// private-key: it; x509 and x509-ca: the certificate's key, if it is accessible (SL-162,
  /// SL-183).
  std::optional<crypto::PrivateKey> private_key;
  /// public-key only.
  std::optional<crypto::PublicKey> public_key;
  /// x509 and x509-ca: the certificate, then its chain up to the root (SL-156).
  std::vector<crypto::Certificate> certificates;
  /// config-fragment only.
  yaml::Value fragment;
};
using SecretMaterialPtr = std::shared_ptr<const SecretMaterial>;

namespace secrets {

/// A material without a value yet.
[[nodiscard]] inline SecretMaterial of_kind(session::SecretKind kind) {
  SecretMaterial material;
  material.kind = kind;
  return material;
}

/// The material of another secret of the same session by its name (own or imported). Throws an
/// Error that says why it can not be had.
using SiblingLookup = std::function<SecretMaterialPtr(const std::string& name)>;

/// The names of the secrets that making this one needs: `private_key`, `issuer`, `signer`.
[[nodiscard]] std::vector<std::string> needs(const session::Secret& secret);

/// A new value for a secret that generated() is true of (SL-107, SL-115 to SL-174). Throws
/// Error{invalid} if what it needs does not fit (an issuer without private key, SL-151; not a CA,
/// SL-150).
[[nodiscard]] SecretMaterial generate(const session::Secret& secret, const SiblingLookup& siblings,
                                      crypto::Time now);
/// The value that the session's text gives (is_explicit()). Throws Error{invalid}.
[[nodiscard]] SecretMaterial from_text(const session::Secret& secret,
                                       const SiblingLookup& siblings);

/// What the store keeps of a generated value, and back. A derived part (an x509's key when it is
/// another secret, a public key) is not kept but taken from `siblings` again.
[[nodiscard]] crypto::Secret encode(const session::Secret& secret, const SecretMaterial& material);
[[nodiscard]] SecretMaterial decode(const session::Secret& secret, std::string_view stored,
                                    const SiblingLookup& siblings);

/// Whether a generated certificate has to be issued anew (SL-146). `none` for other kinds.
enum class RenewalNeed {
  none,
  soon,     ///< after two thirds of its life: it is good, and should be replaced before it is not
  at_once,  ///< it has ended, or its issuer or key is not the one that `siblings` gives now
};
/// A certificate is not issued twice within a second, however short its life is.
[[nodiscard]] RenewalNeed renewal_need(const session::Secret& secret,
                                       const SecretMaterial& material,
                                       const SiblingLookup& siblings, crypto::Time now);
/// From when on it needs that by time; nothing for what never ends (RA-055).
[[nodiscard]] std::optional<crypto::Time> renewal_time(const SecretMaterial& material);

/// The value in one of the formats that session::format_of() allows for its kind. Throws
/// Error{invalid} where the value can not be had in it: a private key that is not accessible
/// (SL-154), a fragment that is no scalar (SL-166).
[[nodiscard]] crypto::Secret format(const SecretMaterial& material, session::Format format);

}  // namespace secrets
}  // namespace sconectl::casd
