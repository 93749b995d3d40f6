// Signed and encrypted sessions as files and request bodies (CL-077 ... CL-083, RA-036 ... RA-046).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/key.hpp"
#include "sconectl/crypto/secret.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::session {

struct Signature {
  std::string signer;     ///< SPKI PEM, or Base58Check version 10 as read
  std::string signature;  ///< raw bytes; Ed25519: 64; P-384: ASN.1 DER ECDSA-SHA384
};
struct SignedSession {
  std::string session;  ///< YAML text exactly as signed
  std::vector<Signature> signatures;
};
struct EncryptedSession {
  std::string sealed;          ///< raw bytes: enc (32) ‖ ciphertext with tag
  std::string encryption_key;  ///< the CAS's X25519 public key, 64 hex digits
};

enum class Form { yaml, signed_session, encrypted_session };
/// By content: a JSON object with `encrypted_session`, or with `session` and `signatures`, else
/// YAML (RA-036).
[[nodiscard]] Form form_of(std::string_view content);

/// Throw Error{invalid}.
[[nodiscard]] SignedSession parse_signed_session(std::string_view json);
[[nodiscard]] EncryptedSession parse_encrypted_session(std::string_view json);
[[nodiscard]] std::string json(const SignedSession& session);
[[nodiscard]] std::string json(const EncryptedSession& session);

/// ASCII `open-cas session signature v1\n` ‖ 32-byte hash of the session (RA-044).
[[nodiscard]] std::string message_to_be_signed(const Session& session);

/// Adds a signature after verifying it; the same signer's older one is replaced (CL-076, CL-080).
/// Throws Error{invalid} if it does not verify.
void add_signature(SignedSession& signed_session, const Session& session, Signature signature);

/// The keys of the signers, each once (SL-272). Throws Error{invalid} if there is none or any
/// signature is wrong (RA-042, CL-078).
[[nodiscard]] std::vector<crypto::PublicKey> verified_signers(const SignedSession& signed_session,
                                                              const Session& session);

/// HPKE base mode to the CAS's key, info `open-cas encrypted session v1` (RA-046). `cas_key` is 64
/// hex digits. `plaintext` is signed-session JSON (CL-081) or YAML.
[[nodiscard]] EncryptedSession encrypt(std::string_view plaintext, const std::string& cas_key);

/// The plaintext, with the CAS's raw X25519 private key. Throws Error{refused} for anything else
/// than what encrypt() made for this key.
[[nodiscard]] crypto::Secret decrypt(const EncryptedSession& session, std::string_view private_key);

}  // namespace sconectl::session
