// Asymmetric keys and their signatures.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::crypto {

/// The first five can be generated (SL-126); the others occur in keys and certificates of others.
enum class KeyType { p256, p384, ed25519, rsa2048, rsa3072, rsa_other, other };

/// "P-256", "P-384", "Ed25519", "RSA-2048", "RSA-3072", "RSA" or "unknown".
[[nodiscard]] std::string_view key_type_name(KeyType type);
/// The five names of SL-126, case-sensitive.
[[nodiscard]] std::optional<KeyType> parse_key_type(std::string_view name);

/// A key of the crypto library; seen only by src/crypto.
struct NativeKey;

/// A public key; cheap to copy, safe to use from several threads.
class PublicKey {
 public:
  /// The first `BEGIN PUBLIC KEY` block. Throws Error{invalid}.
  static PublicKey from_pem(std::string_view pem);
  /// DER SubjectPublicKeyInfo, nothing after it. Throws Error{invalid}.
  static PublicKey from_der(std::string_view der);
  /// 32 raw bytes. Throws Error{invalid}.
  static PublicKey from_raw_ed25519(std::string_view raw);
  /// An uncompressed point without its 0x04: x ‖ y, 64 bytes for P-256 (SGX quotes), 96 for P-384.
  /// Throws Error{invalid}, also for a point that is not on the curve.
  static PublicKey from_point(std::string_view x_and_y);
  /// Big-endian modulus and exponent (JWK `n`, `e`). Throws Error{invalid}.
  static PublicKey from_rsa(std::string_view modulus, std::string_view exponent);

  /// `BEGIN PUBLIC KEY`, 64 columns, a newline at the end.
  [[nodiscard]] std::string spki_pem() const;
  [[nodiscard]] std::string spki_der() const;
  /// 32 bytes. Throws Error{invalid} for another type of key.
  [[nodiscard]] std::string raw_ed25519() const;
  [[nodiscard]] KeyType type() const;
  /// Of the RSA modulus, else of the group.
  [[nodiscard]] int bits() const;

  /// Checks what PrivateKey::sign made. A malformed signature is `false`, never an exception.
  [[nodiscard]] bool verify(std::string_view message, std::string_view signature) const;
  /// As verify(), for an ECDSA signature in the form r ‖ s (JWS, SGX).
  [[nodiscard]] bool verify_raw_ecdsa(std::string_view message, std::string_view r_and_s) const;

  /// The same key (not the same text).
  bool operator==(const PublicKey& other) const;

  explicit PublicKey(std::shared_ptr<const NativeKey> native) : native_(std::move(native)) {}
  [[nodiscard]] const NativeKey& native() const { return *native_; }

 private:
  std::shared_ptr<const NativeKey> native_;
};

/// A private key; cheap to copy (all copies share one key, wiped with the last of them), safe to
/// use from several threads. Never compared, never printed.
class PrivateKey {
 public:
  /// One of the five types of SL-126; Error{unsupported} for the others.
  static PrivateKey generate(KeyType type);
  /// RSA-3072 with the public exponent 3: the only kind of key that signs an SGX enclave.
  static PrivateKey generate_for_enclaves();
  /// The first `BEGIN PRIVATE KEY` block: PKCS#8 version 1 or 2 (SL-131). Throws Error{invalid};
  /// SEC1
  /// (`EC PRIVATE KEY`), PKCS#1 (`RSA PRIVATE KEY`) and encrypted keys get a hint how to convert
  /// them (SL-128).
  static PrivateKey from_pem(std::string_view pem);
  /// A key as programs of others write it: PKCS#8, PKCS#1 or SEC1 in PEM, encrypted or not.
  /// `passphrase` is asked only for an encrypted one. Throws Error{invalid}, also for a wrong
  /// passphrase.
  static PrivateKey from_any_pem(std::string_view pem, const std::function<Secret()>& passphrase);
  /// DER PKCS#8 version 1 or 2, nothing after it. Throws Error{invalid}. Unlike from_pem, which
  /// reads what people write, it does not try whether private and public part of an EC or RSA key
  /// fit.
  static PrivateKey from_der(std::string_view der);
  /// The 32-byte seed of RFC 8032. Throws Error{invalid}.
  static PrivateKey from_ed25519_seed(std::string_view seed);

  /// `BEGIN PRIVATE KEY`, 64 columns, a newline at the end (SL-129). Ed25519: PKCS#8 version 2 with
  /// the public key (SL-131).
  [[nodiscard]] Secret pkcs8_pem() const;
  [[nodiscard]] Secret pkcs8_der() const;
  /// Throws Error{invalid} for another type of key.
  [[nodiscard]] Secret ed25519_seed() const;
  [[nodiscard]] PublicKey public_key() const;
  [[nodiscard]] KeyType type() const;

  /// Ed25519: 64 raw bytes. ECDSA: DER, with SHA-256 (P-256) or SHA-384 (P-384). RSA: PKCS#1 v1.5
  /// with SHA-256.
  [[nodiscard]] std::string sign(std::string_view message) const;
  /// RSASSA-PSS with SHA-256 and a salt of 32 bytes (JWS PS256). Error{invalid} for others than
  /// RSA.
  [[nodiscard]] std::string sign_pss(std::string_view message) const;
  /// ECDSA as r ‖ s, each as long as the group order (JWS ES256, ES384). Error{invalid} for others.
  [[nodiscard]] std::string sign_raw_ecdsa(std::string_view message) const;

  explicit PrivateKey(std::shared_ptr<const NativeKey> native) : native_(std::move(native)) {}
  [[nodiscard]] const NativeKey& native() const { return *native_; }

 private:
  std::shared_ptr<const NativeKey> native_;
};

}  // namespace sconectl::crypto
