// What the owner of a CAS configures (CC-031 ... CC-051). It may hold secrets.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/secret.hpp"
#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::cas {

/// The subject and the names of the certificate that clients of the CAS see (CC-031 ... CC-035).
struct ApiIdentity {
  std::string common_name = "cas";
  /// DNS names and IP addresses, mixed.
  std::vector<std::string> alt_names = {"cas", "localhost"};
  std::string country_name = {};  ///< two capital letters, or ""
  std::string org_name = {};
  std::string state_or_province = {};
  std::string locality = {};
  std::string email = {};
  friend bool operator==(const ApiIdentity&, const ApiIdentity&) = default;
};

enum class AuditMode { disabled, unsigned_entries, signed_entries };
[[nodiscard]] constexpr auto words_of(AuditMode) {
  return text::words<AuditMode::signed_entries>("disabled", "unsigned", "signed");
}
enum class AuditSink { file, network };
[[nodiscard]] constexpr auto words_of(AuditSink) {
  return text::words<AuditSink::network>("file", "network");
}

/// CC-041 ... CC-044.
struct AuditLogConfig {
  AuditMode mode = AuditMode::disabled;
  AuditSink sink = AuditSink::file;
  std::optional<std::string> url = {};                    ///< https; with the sink `network`
  std::optional<std::string> server_ca_certificate = {};  ///< PEM; absent: the Web PKI
  friend bool operator==(const AuditLogConfig&, const AuditLogConfig&) = default;
};

/// EPID (CC-036 ... CC-039): checked and kept, and without effect.
struct IasConfig {
  std::optional<std::string> spid = {};  ///< 32 hex digits
  std::optional<bool> linkable_quotes = {};
  std::optional<crypto::Secret> sp_key = {};
  std::optional<crypto::Secret> identity = {};  ///< PEM: PKCS#8 key and certificate
  std::optional<std::string> base_url = {};
};

struct OwnerConfig {
  ApiIdentity api_identity = {};
  std::optional<IasConfig> ias = {};
  std::optional<crypto::Secret> dcap_subscription_key = {};  ///< 32 hex digits; zeros are none
  AuditLogConfig audit_log = {};
  /// How long a service may come back without new proofs (CC-045); absent: the operator's choice.
  std::optional<std::chrono::seconds> enclave_reconnect_timeout = {};
};

/// TOML, JSON or YAML (yaml::parse_any_notation); absent sections are defaults, and so is an empty
/// text (CC-047). `name` is that of the file, for messages. Throws Error{invalid} with every
/// mistake at its place; `warnings` gets what is accepted and has no effect. No message shows a
/// value that may be secret.
[[nodiscard]] OwnerConfig parse_owner_config(const std::string& name, std::string text,
                                             diag::Diagnostics& warnings);

/// JSON that parse_owner_config() reads; the same configuration gives the same bytes.
[[nodiscard]] crypto::Secret encode(const OwnerConfig& config);
/// The same with "***" in the place of every secret (RA-068).
[[nodiscard]] std::string masked(const OwnerConfig& config);

}  // namespace sconectl::cas
