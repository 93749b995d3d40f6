// What Azure Attestation says about evidence, and whether it was Azure Attestation (azure.md 3.3,
// 3.5).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "sconectl/azure/attestation_keys.hpp"
#include "sconectl/azure/attestation_provider.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::azure {

enum class AttestedTee { sgx, tdx, snp };
/// The words of the claim x-ms-attestation-type.
[[nodiscard]] constexpr auto words_of(AttestedTee) {
  return text::words<AttestedTee::snp>("sgx", "tdxvm", "sevsnpvm");
}

/// All measurements are raw bytes.
struct SgxClaims {
  std::string mrenclave;  ///< 32
  std::string mrsigner;   ///< 32
  std::uint16_t product_id = 0;
  std::uint16_t svn = 0;
  bool debuggable = false;
  std::string quote_hash;                   ///< 32: SHA-256 of the whole quote
  std::optional<std::string> runtime_data;  ///< as sent with dataType "Binary"
};

struct TdxClaims {
  std::string mrtd;                                ///< 48
  std::string rtmr0, rtmr1, rtmr2, rtmr3;          ///< 48 each
  std::string mrconfigid, mrowner, mrownerconfig;  ///< 48 each, "" if the token does not say
  bool debuggable = false;
  std::string tcb_status;  ///< "UpToDate", ..., or "" if the token does not say
};

struct SnpClaims {
  std::string launch_measurement;  ///< 48
  std::string host_data;           ///< 32
  std::string id_key_digest;       ///< 48
  std::string author_key_digest;   ///< 48
  bool debuggable = false;
  bool migration_allowed = false;
  bool smt_allowed = false;
  std::uint8_t vmpl = 0;  ///< 0 to 3
  std::uint8_t bootloader_svn = 0, tee_svn = 0, snp_svn = 0, microcode_svn = 0;
  std::uint32_t guest_svn = 0;
};

struct AttestationClaims {
  std::string report_data;  ///< 64 raw bytes
  std::variant<SgxClaims, TdxClaims, SnpClaims> tee;
  std::optional<std::string> nonce;        ///< a copy of the request's
  std::optional<std::string> policy_hash;  ///< 32 raw bytes (azure.md 3.3)
  std::chrono::sys_seconds issued;         ///< iat
  std::chrono::sys_seconds ends;           ///< exp
};

/// The id of the key that a token says it is signed with, from a header as it has to be. Throws
/// Error{refused} as verify_attestation_token(). It proves nothing.
[[nodiscard]] std::string attestation_token_kid(std::string_view jwt,
                                                const AttestationProvider& provider);

/// Judges a token by all that does not depend on what was asked (azure.md 3.5, 2 to 7): its
/// header, the signature by one of `keys`, the issuer, the times (with 60 seconds of leeway, and at
/// most a day from iat to exp) and the claims of the TEE, which come from the provider itself. The
/// claims that a policy issues (sgx-mrenclave, is-debuggable, ...) are never read. Whether it is
/// about the evidence that was sent is for the caller to compare. Throws Error{refused} whose text
/// names the provider and what is wrong.
[[nodiscard]] AttestationClaims verify_attestation_token(std::string_view jwt,
                                                         const AttestationKeys& keys,
                                                         const AttestationProvider& provider,
                                                         AttestedTee tee,
                                                         std::chrono::system_clock::time_point now);

}  // namespace sconectl::azure
