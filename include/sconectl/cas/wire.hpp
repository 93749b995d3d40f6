// What CAS and clients say to each other: one struct per message, and its JSON text. Both sides use
// these functions and no others (docs/rules/cas-rest.md).
//
// `encode` makes the JSON text of a message; `decode_...` reads it. Decoders survive any input:
// they refuse what is not UTF-8 JSON, is larger than max_json_bytes, nests deeper than 64, repeats
// a key, or has a missing or mistyped member, with Error{invalid} that names the member and shows
// no value. Members that a decoder does not know are ignored in replies (a newer CAS may add some)
// and refused where ignoring one would change the meaning: in requests and in Configuration.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sconectl/crypto/secret.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cas {

/// The largest message that a decoder looks at. (The server's own request limit is 4 MiB, RA-005.)
inline constexpr std::size_t max_json_bytes = 32U << 20U;
inline constexpr std::size_t max_request_bytes = 4U << 20U;

// --- Paths (RA-025 to RA-088) --------------------------------------------------------------------
// A path that ends in '/' is followed by a session name, percent-encoded except for '/'.

namespace path {
inline constexpr std::string_view session = "/session";                           // RA-025
inline constexpr std::string_view sessions = "/v1/sessions";                      // RA-025, RA-032
inline constexpr std::string_view one_session = "/v1/sessions/";                  // RA-027, RA-030
inline constexpr std::string_view session_yaml = "/session/";                     // RA-029
inline constexpr std::string_view encrypted_sessions = "/v1/encrypted_sessions";  // RA-026
inline constexpr std::string_view session_hashes = "/v1/session_hashes/";         // RA-031
inline constexpr std::string_view session_history = "/v1/session_history/";       // RA-033
inline constexpr std::string_view session_leases = "/v1/session_leases/";         // RA-089
inline constexpr std::string_view session_checks = "/v1/session_checks";          // RA-034
inline constexpr std::string_view values = "/v1/values/";                         // RA-048
inline constexpr std::string_view version = "/v1/version";                        // RA-060
inline constexpr std::string_view attest = "/v1/attest";                          // RA-061
inline constexpr std::string_view health = "/v1/health";                          // RA-065
inline constexpr std::string_view health_live = "/v1/health/live";                // RA-065
inline constexpr std::string_view health_ready = "/v1/health/ready";              // RA-065
inline constexpr std::string_view service_challenge = "/v1/service/challenge";    // RA-084
inline constexpr std::string_view service_config = "/v1/service/config";          // RA-084
inline constexpr std::string_view service_volume_tag = "/v1/service/volume_tag";  // RA-084
inline constexpr std::string_view service_fspf_tag = "/v1/service/fspf_tag";      // RA-084
inline constexpr std::string_view service_secrets = "/v1/service/secrets";        // SL-248
inline constexpr std::string_view service_exit = "/v1/service/exit";              // RA-084
inline constexpr std::string_view exports = "/v1/exports";                        // our own
inline constexpr std::string_view audit_checkpoints = "/v1/audit_log/checkpoints";  // RA-069
inline constexpr std::string_view session_releases = "/v1/session_releases/";       // RA-090
inline constexpr std::string_view denials = "/v1/denials/";                         // RA-092
}  // namespace path

/// Percent-encodes everything but unreserved characters and '/'.
[[nodiscard]] std::string path_encoded(std::string_view text);

/// The last part of a public-values path: "session=a/b,secret=s,session_hash=H" (RA-048..RA-051).
struct ValuesQuery {
  std::string session;  ///< without a leading '/'
  std::optional<std::string> secret;
  std::optional<std::string> session_hash;
  friend bool operator==(const ValuesQuery&, const ValuesQuery&) = default;
};
/// Takes the percent-decoded text after path::values. Throws Error{invalid} for an unknown,
/// repeated or missing key.
[[nodiscard]] ValuesQuery parse_values_query(std::string_view text);
/// The whole path, percent-encoded, beginning with path::values.
[[nodiscard]] std::string values_path(const ValuesQuery& query);

/// Header of a request for an export: how many CASes have asked each other for it, so that CASes
/// that import from each other in a circle come to an end.
inline constexpr std::string_view import_hops_header = "CAS-Import-Hops";

// --- Errors (RA-011 to RA-024) -------------------------------------------------------------------

/// RA-011: `msg` is never empty, outer text first.
struct ErrorBody {
  std::vector<std::string> msg;
  std::string cas_version;
};
[[nodiscard]] std::string encode(const ErrorBody& body);
[[nodiscard]] ErrorBody decode_error_body(std::string_view json);

/// The first 100 texts of 2,000 bytes each, then how many more there are: a reply does not grow
/// with the mistakes of a request.
[[nodiscard]] std::vector<std::string> bounded_messages(std::vector<std::string> texts);

/// The body that tells a client about `error`: its text, then its causes; bounded.
[[nodiscard]] ErrorBody error_body(const diag::Error& error, std::string_view cas_version);

/// The one table between kinds of errors and HTTP statuses (RA-013..RA-022), both ways. A 400 comes
/// back as `refused`: to the client the CAS said no to something that the client held to be valid.
[[nodiscard]] int http_status(diag::ErrorKind kind);
[[nodiscard]] diag::ErrorKind error_kind(int http_status);

/// Texts that clients match on (RA-012); they stand unchanged in some element of `msg`.
namespace message {
inline constexpr std::string_view session_not_found = "Session not found";
inline constexpr std::string_view session_exists =
    "Session already exists, please specify predecessor hash";
inline constexpr std::string_view secret_not_public =
    "Secret does not exist or is not visible for a public client";
inline constexpr std::string_view session_hash_mismatch = "session hash does not match";  // RA-050
// RA-086
inline constexpr std::string_view service_configuration =
    "Failed to retrieve service attestation configuration";
inline constexpr std::string_view otp_used =
    "A One-time Password was already used within this time-step. Please try again in the next "
    "time-step";
inline constexpr std::string_view otp_invalid = "The given One-time Password is invalid";
inline constexpr std::string_view enclave_properties =
    "None of the required enclave properties are met";
inline constexpr std::string_view fspf_tag_replayed =
    "The FSPF tag is not fresh - suspected replay attack";
}  // namespace message

// --- Sessions (RA-025 to RA-047) -----------------------------------------------------------------
// The three kinds of upload bodies are session::form_of's (RA-036).

/// 201 after an upload (RA-025), 200 after a dry-run check (RA-034). `hash` is 64 lower-case hex.
struct SessionAccepted {
  std::string hash;
  std::vector<std::string> warnings;
};
[[nodiscard]] std::string encode(const SessionAccepted& reply);
[[nodiscard]] SessionAccepted decode_session_accepted(std::string_view json);

struct SignatureText {
  std::string signer;     ///< SPKI PEM or Base58Check v10
  std::string signature;  ///< lower-case hex
};

/// RA-027: the stored YAML and its hash. `signatures` is filled for ?verbatim=true (RA-041).
struct SessionText {
  std::string session;
  std::string hash;
  std::vector<SignatureText> signatures;
};
[[nodiscard]] std::string encode(const SessionText& reply);
[[nodiscard]] SessionText decode_session_text(std::string_view json);

/// RA-031.
struct HashReply {
  std::string hash;
  bool salted = false;
};
[[nodiscard]] std::string encode(const HashReply& reply);
[[nodiscard]] HashReply decode_hash_reply(std::string_view json);

/// RA-032: direct children, absolute paths, sorted; `next` continues a long list (query `after`).
struct SessionList {
  std::string namespace_path;
  std::vector<std::string> sessions;
  std::optional<std::string> next;
};
[[nodiscard]] std::string encode(const SessionList& reply);
[[nodiscard]] SessionList decode_session_list(std::string_view json);

/// RA-033: newest first; `created` is RFC 3339.
struct HistoryVersion {
  std::string hash;
  std::optional<std::string> predecessor;
  std::string created;
};
struct History {
  std::vector<HistoryVersion> versions;
};
[[nodiscard]] std::string encode(const History& reply);
[[nodiscard]] History decode_history(std::string_view json);

// --- Public values (RA-048 to RA-059) ------------------------------------------------------------

/// RA-048, RA-053..RA-055. For kind "config-fragment" `value` is the JSON text of a tree, for every
/// other kind it is plain text. Times are RFC 3339.
struct PublicValue {
  std::string kind;
  std::string value;
  std::optional<std::string> chain;  ///< x509: certificates above `value`, PEM
  std::optional<std::string> expires;
  std::optional<std::string> renew;
};
[[nodiscard]] std::string encode(const PublicValue& reply);
[[nodiscard]] PublicValue decode_public_value(std::string_view json);

/// RA-049.
struct PublicValues {
  std::map<std::string, PublicValue> values;
};
[[nodiscard]] std::string encode(const PublicValues& reply);
[[nodiscard]] PublicValues decode_public_values(std::string_view json);

// --- Identity, attestation, version, health (RA-060 to RA-066) -----------------------------------

/// RA-060.
struct Version {
  std::string version;
  std::string build;
  std::vector<std::string> language;
  std::vector<std::string> extensions = {};  ///< of the language (XA-021)
};
[[nodiscard]] std::string encode(const Version& reply);
[[nodiscard]] Version decode_version(std::string_view json);

/// RA-065.
struct Health {
  bool healthy = false;
  bool provisioned = false;
  bool database_writable = false;
  std::optional<std::string> last_snapshot;
  std::optional<std::uint64_t> audit_log_sequence_number;
  /// "writing", "degraded" (some files or servers do not take entries) or "failing" (none does).
  std::optional<std::string> audit_log_state = {};
  std::uint64_t audit_log_waiting = 0;                ///< entries that wait for a file or server
  std::uint64_t audit_log_lost = 0;                   ///< that one will never get, since the start
  std::optional<std::chrono::sys_seconds> time = {};  ///< of the CAS's clock
  std::string version;
};
[[nodiscard]] std::string encode(const Health& reply);
[[nodiscard]] Health decode_health(std::string_view json);

/// Evidence of a trusted execution environment, of a CAS (RA-061) or a service (RA-084).
struct Evidence {
  std::string type = "none";                      ///< none | sgx-dcap | tdx | sev-snp
  std::string quote;                              ///< raw bytes; empty for "none"
  std::map<std::string, std::string> collateral;  ///< name -> raw bytes, as the sender has it
  std::string certificates = {};  ///< sev-snp: the certificate table of the host, as it is (XA-018)
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

/// What the report says beside the measurement. "critical" members change whether the CAS can be
/// trusted: a client refuses a report with one that it does not know.
struct AdditionalData {
  int version = 1;
  // critical
  bool provisioned = true;             ///< CL-105
  bool injected_database_key = false;  ///< CL-104: the owner chose the key, so may read secrets
  std::vector<std::string> unknown_critical;  ///< names; only filled by the decoder
  // non-critical
  std::string session_encryption_key;  ///< 64 lower-case hex (CL-035), X25519
  std::string cert_chain;              ///< PEM: software certificate, then root certificate
  std::string cas_version;
  std::optional<std::string> owner_certificate_chain;  ///< PEM, since version 4
  std::map<std::string, std::string> other;  ///< unknown non-critical members, name -> JSON text
};

inline constexpr int oldest_report_version = 1;
inline constexpr int newest_report_version = 4;
/// RA-062: min(requested, newest); the oldest if none is requested.
[[nodiscard]] int negotiated_report_version(std::optional<int> requested);

struct AttestationReport {
  Evidence evidence;
  AdditionalData additional_data;
  std::string report_data_preimage;  ///< report_data_preimage(additional_data, nonce)
};
[[nodiscard]] std::string encode(const AttestationReport& report);
[[nodiscard]] AttestationReport decode_attestation_report(std::string_view json);

/// RA-063: the canonical JSON whose SHA-512 is the quote's report data. `nonce` is raw bytes; it
/// stands there as lower-case hex.
[[nodiscard]] std::string report_data_preimage(const AdditionalData& data, std::string_view nonce);

/// RA-061, the POST form. `nonce` is raw bytes, at least 16 (hex on the wire).
struct AttestRequest {
  std::string nonce;
  std::optional<int> version;
};
[[nodiscard]] std::string encode(const AttestRequest& request);
[[nodiscard]] AttestRequest decode_attest_request(std::string_view json);

// --- Between CASes ---------------------------------------------------------------------------

inline constexpr std::size_t x25519_key_bytes = 32;

/// Our own (the original's protocol between CASes is not published): one CAS asks another for a
/// secret that is exported to it (SL-188). The TLS client certificate is that of the asking CAS's
/// server, and `cas_chain` leads from it to the CAS key that the export names.
struct ExportRequest {
  std::string importer;                     ///< the session that imports, of the asking CAS
  std::string importer_hash;                ///< its active version
  bool passed_on = false;                   ///< the importer exports the secret again (SL-112)
  std::string session;                      ///< the exporting session
  std::optional<std::string> session_hash;  ///< pinned by the importer
  std::string secret;
  std::string cas_chain;   ///< PEM: instance, root
  std::string public_key;  ///< raw X25519, made for this request: the reply is sealed to it
};
[[nodiscard]] std::string encode(const ExportRequest& request);
[[nodiscard]] ExportRequest decode_export_request(std::string_view json);
/// The HPKE `info` of the reply.
[[nodiscard]] std::string export_seal_info(const ExportRequest& request);
/// `sealed`: raw bytes enc‖ciphertext of the secret as the exporting CAS encodes it, base64 on the
/// wire.
struct ExportReply {
  std::string sealed;
};
[[nodiscard]] std::string encode(const ExportReply& reply);
[[nodiscard]] ExportReply decode_export_reply(std::string_view json);

}  // namespace sconectl::cas
