// When a CAS is believed: at attestation, and at every connection afterwards.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sconectl/cas/config.hpp"
#include "sconectl/cas/wire.hpp"

namespace sconectl::cas {

/// What the user demands of a CAS and what he tolerates (CL-098).
struct AttestOptions {
  std::optional<std::string> cas_key_hash;           ///< -c
  std::optional<std::string> cas_software_key_hash;  ///< -s
  std::vector<std::string> mrenclave;                ///< 64 hex each, any of them
  std::optional<std::string> mrsigner;               ///< 64 hex
  std::optional<std::uint16_t> isvprodid;
  std::optional<std::uint16_t> isvsvn;       ///< the least
  bool accept_configuration_needed = false;  ///< -C
  bool accept_group_out_of_date = false;     ///< -G
  bool accept_sw_hardening_needed = false;   ///< -S
  bool accept_revoked_pcs_certs = false;
  bool accept_unverifiable_pcs_certs = false;
  std::vector<std::string> ignore_advisories;
  bool fail_on_any_advisory = false;
  bool allow_cas_owner_secret_access = false;
  /// Judge certificates of hardware evidence at this day instead of now.
  std::optional<std::chrono::sys_days> verification_time;
  bool testing_debug = false;          ///< --only_for_testing-debug
  bool testing_ignore_signer = false;  ///< --only_for_testing-ignore-signer
  bool testing_trust_any = false;      ///< --only_for_testing-trust-any
  bool testing_allow_unprovisioned = false;

  /// The three flags that together take any CAS (CL-106).
  [[nodiscard]] bool takes_any() const {
    return testing_debug && testing_ignore_signer && testing_trust_any;
  }
  friend bool operator==(const AttestOptions&, const AttestOptions&) = default;
};

/// CL-099: options that contradict each other or are not well formed. Throws Error{usage}.
void check_options(const AttestOptions& options);

/// The `tolerance` of a mesh's CAS: the options of `cas attest` as they stand on a command line
/// ("-G", "-GCS", "--accept-group-out-of-date", "-c HASH", "--mrenclave=HEX"), or the words of the
/// session language as options ("--software-hardening-needed --insecure-configuration
/// --outdated-tcb"). There is no quoting. Throws Error{invalid} for an unknown word, with the
/// nearest known one.
[[nodiscard]] AttestOptions parse_tolerance(std::string_view text);

/// Judges hardware evidence: "" if it is good, else which rule failed. `report_data` is the 64
/// bytes that the quote must carry.
using JudgeEvidence = std::function<std::string(
    const Evidence& evidence, std::string_view report_data, const AttestOptions& options)>;

/// All that an attestation brought.
struct Attested {
  AttestationReport report;
  std::string nonce;                    ///< raw bytes, as sent
  std::vector<std::string> peer_chain;  ///< of the connection, PEM, leaf first
  std::string url;                      ///< "https://host:port/"
};

/// Turns it into the entry for `cas_db`, or throws Error{refused} that says what would make it
/// acceptable:
///  - the leaf of the connection chains to the report's certificates (RA-063);
///  - the report answers our nonce and holds nothing critical that we do not know;
///  - `-c` and `-s` are the keys of those certificates, and a CAS that was known before keeps its
///    key unless `-c` names the new one (CL-102), or the one before has signed the new one, as the
///    chain of the connection shows;
///  - it is provisioned (CL-105) and its owner did not choose the database key (CL-104);
///  - evidence `none` needs `-c` or all three testing flags (RA-064, CL-106); every other evidence
///    goes to `judge`; without a judge it is Error{unsupported}.
[[nodiscard]] KnownCas trusted_cas(const Attested& attested, const AttestOptions& options,
                                   const KnownCas* before, const JudgeEvidence& judge);

/// Only the key of the CAS (or of its software) is known, as a key hash: native services.
struct PinnedKey {
  std::string key_hash;
};
/// No check at all: `--only_for_testing-disable-attestation-verification`, and the first contact
/// of an attestation.
struct TrustAny {};
/// Whom a Client believes.
using Trust = std::variant<KnownCas, PinnedKey, TrustAny>;

/// "" if the presented chain (PEM, leaf first) belongs to the trusted CAS, else why not, with both
/// key hashes. Host names and dates do not matter (CL-016).
[[nodiscard]] std::string chain_refusal(const Trust& trust, std::span<const std::string> chain);

}  // namespace sconectl::cas
