// SIGSTRUCT: what the signer of an SGX enclave says about it (Intel SDM, volume 3D; EV-050).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/key.hpp"

namespace sconectl::enclave {

inline constexpr std::size_t sigstruct_size = 1808;
/// Bytes of the modulus and of the signature of the only kind of key that signs enclaves.
inline constexpr std::size_t signer_key_size = 384;

/// Bits of ATTRIBUTES.flags.
inline constexpr std::uint64_t attribute_debug = 0x2;
inline constexpr std::uint64_t attribute_mode64 = 0x4;

/// What is signed. The defaults are those of a Gramine enclave.
struct EnclaveStatement {
  std::uint32_t vendor = 0;
  /// The digits of the date as hexadecimal ones: 0x20261122. Any digits are allowed.
  std::uint32_t date = 0;
  std::uint32_t software_defined = 0;
  std::uint32_t misc_select = 0;
  std::uint32_t misc_mask = 0xffffffff;
  std::uint8_t cet_attributes = 0;
  std::uint8_t cet_attributes_mask = 0;
  std::string family_id = std::string(16, '\0');  ///< 16 raw bytes
  std::uint64_t attribute_flags = attribute_mode64;
  std::uint64_t attribute_xfrm = 3;
  std::uint64_t attribute_flags_mask = 0xffffffffffffffff;
  std::uint64_t attribute_xfrm_mask = 0xfffffffffff9ff1b;
  crypto::Digest mr_enclave{};
  std::string extended_product_id = std::string(16, '\0');  ///< 16 raw bytes
  std::uint16_t product_id = 0;
  std::uint16_t svn = 0;

  [[nodiscard]] bool debug() const { return (attribute_flags & attribute_debug) != 0; }
};

/// A SIGSTRUCT as it was read. Numbers are big-endian, signer_key_size bytes each.
struct Sigstruct {
  EnclaveStatement statement;
  std::string modulus;
  std::string signature;
  std::string q1;
  std::string q2;
};

/// The 256 bytes that are signed (RSASSA-PKCS1-v1_5 with SHA-256).
[[nodiscard]] std::string signed_bytes(const EnclaveStatement& statement);

/// The SIGSTRUCT without key and signature, which are zero: to be signed elsewhere.
[[nodiscard]] std::string unsigned_sigstruct(const EnclaveStatement& statement);

/// The SIGSTRUCT with a signature of signed_bytes() that somebody else has made. Throws
/// Error{invalid} for a key that is not RSA-3072 with the exponent 3 and for a signature
/// (big-endian, signer_key_size bytes) that is not that key's.
[[nodiscard]] std::string assembled_sigstruct(const EnclaveStatement& statement,
                                              const crypto::PublicKey& signer,
                                              std::string_view signature);

/// The same, signed here. Throws Error{invalid} for another kind of key.
[[nodiscard]] std::string signed_sigstruct(const EnclaveStatement& statement,
                                           const crypto::PrivateKey& signer);

/// Throws Error{invalid} unless the key is RSA-3072 with the exponent 3.
void require_signer_key(const crypto::PublicKey& key);

/// Throws Error{invalid} for another size, other headers, an exponent that is neither 3 nor, in an
/// unsigned one, 0, and for reserved bytes that are not zero. Signatures are not judged.
[[nodiscard]] Sigstruct parse_sigstruct(std::string_view bytes);

/// Whether it was made by unsigned_sigstruct().
[[nodiscard]] bool is_unsigned(const Sigstruct& sigstruct);

/// MRSIGNER: the SHA-256 of a modulus (big-endian, signer_key_size bytes) as it is stored.
[[nodiscard]] crypto::Digest mr_signer(std::string_view modulus);

struct SigstructVerdicts {
  bool signature = false;
  bool q1 = false;
  bool q2 = false;
  [[nodiscard]] bool all() const { return signature && q1 && q2; }
};

/// What the processor verifies when it starts the enclave.
[[nodiscard]] SigstructVerdicts verify(const Sigstruct& sigstruct);

/// "DEBUG MODE64BIT", bits without a name as "0x100".
[[nodiscard]] std::vector<std::string> attribute_names(std::uint64_t flags);
/// "x87/SSE AVX PKRU", as far as all bits of a feature are set.
[[nodiscard]] std::vector<std::string> xfrm_names(std::uint64_t xfrm);

/// "2026-11-22", whatever the digits.
[[nodiscard]] std::string date_text(std::uint32_t date);

}  // namespace sconectl::enclave
