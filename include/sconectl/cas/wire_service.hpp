// What a service and its CAS say to each other: the service interface (RA-083 to RA-088). Like
// wire.hpp, which has the rules for encoders and decoders.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sconectl/cas/wire.hpp"
#include "sconectl/crypto/secret.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::cas {

inline constexpr std::size_t service_nonce_bytes = 32;
inline constexpr std::size_t proof_bytes = 32;

/// RA-084: fresh for every attempt, valid once. `nonce` is 32 raw bytes (hex on the wire).
struct Challenge {
  std::string nonce;
};
[[nodiscard]] std::string encode(const Challenge& challenge);
[[nodiscard]] Challenge decode_challenge(std::string_view json);

/// RA-084. `public_key` is a raw X25519 key (32 bytes, hex on the wire) made for this attempt: the
/// reply is sealed to it.
struct ConfigRequest {
  std::string config_id;  ///< "session/service" or "session/service@otp"
  std::string nonce;
  Evidence evidence;
  std::string public_key;
  std::optional<std::string> access_token_proof;  ///< proof(token, ProofRole::client, ...)
  bool protects_files = false;                    ///< it can use protected file systems
  bool runs_already = false;                      ///< it wants the newest values, and no lease
};
[[nodiscard]] std::string encode(const ConfigRequest& request);
[[nodiscard]] ConfigRequest decode_config_request(std::string_view json);

/// The 64 bytes that evidence of a service has to be about (XA-010). They bind it to one CAS, one
/// attempt, the key that the reply is sealed to and one service.
struct EvidenceBinding {
  std::string_view role = "service";
  std::string cas_key;    ///< the digest in the CAS's key hash, 32 raw bytes
  std::string nonce;      ///< of the CAS, 32 raw bytes
  std::string spki;       ///< DER SubjectPublicKeyInfo of the fresh key
  std::string config_id;  ///< session/service, without a one-time password
};
[[nodiscard]] std::string report_data(const EvidenceBinding& binding);
/// Of a request to the CAS with this key digest.
[[nodiscard]] std::string report_data(const ConfigRequest& request, std::string_view cas_key);

/// RA-084. `sealed` (raw bytes enc‖ciphertext, base64 on the wire) is the HPKE seal of
/// encode(Configuration) to `public_key` with configuration_seal_info(). The proofs are there iff
/// the session has a service access token.
struct ConfigReply {
  std::optional<std::string> server_proof;  ///< proof(token, ProofRole::server, ...)
  std::string sealed;
  std::optional<std::string> config_proof;  ///< proof(token, ProofRole::config, ..., sealed)
};
[[nodiscard]] std::string encode(const ConfigReply& reply);
[[nodiscard]] ConfigReply decode_config_reply(std::string_view json);

/// RA-085: HMAC-SHA-256(token, role ‖ nonce ‖ public_key ‖ sealed), 32 raw bytes. `sealed` is empty
/// but for ProofRole::config, which ties the configuration to the one who knows the token. `nonce`
/// and `public_key` must have their fixed lengths (std::invalid_argument otherwise), so that no two
/// inputs give the same message. Compare with proof_matches only.
enum class ProofRole { client, server, config };
[[nodiscard]] constexpr auto words_of(ProofRole) {
  return text::words<ProofRole::config>("client", "server", "config");
}
[[nodiscard]] std::string proof(std::string_view token, ProofRole role, std::string_view nonce,
                                std::string_view public_key, std::string_view sealed = {});
/// Constant-time comparison.
[[nodiscard]] bool proof_matches(std::string_view expected, std::string_view given);

/// The HPKE info of a sealed configuration: it can not be replayed for another request.
[[nodiscard]] std::string configuration_seal_info(const ConfigRequest& request);

struct ConfigurationFile {
  std::string path;
  std::string content;   ///< bytes
  unsigned mode = 0444;  ///< permission bits, at most 0777
  friend bool operator==(const ConfigurationFile&, const ConfigurationFile&) = default;
};

/// A file on the service's own disk whose placeholders the service replaces (SL-250): it asks for
/// the values with a SecretsRequest.
struct ConfigurationTemplate {
  std::string path;
  unsigned mode = 0444;
  friend bool operator==(const ConfigurationTemplate&, const ConfigurationTemplate&) = default;
};

/// A volume, or the service's own file system (then without a name), that only its key opens.
struct ProtectedFileSystem {
  std::string name;
  std::string path;               ///< where it is mounted; for the service's own, its FSPF
  std::string key;                ///< 32 raw bytes
  std::vector<std::string> tags;  ///< 16 raw bytes each
  session::UpdatePolicy update_policy = session::UpdatePolicy::rollback_protected;
  session::VolumeFiles files = session::VolumeFiles::encrypted;

  /// It was never used: the service makes it. Otherwise it must start from a state with one of
  /// `tags`, unless update_policy says no_rollback_protection (SL-079, SL-236, SL-252).
  [[nodiscard]] bool fresh() const { return tags.empty(); }
  friend bool operator==(const ProtectedFileSystem&, const ProtectedFileSystem&) = default;
};

/// What lets a service speak to its CAS again once it runs (wire_running.hpp).
struct Lease {
  std::string id;   ///< 16 raw bytes, not secret
  std::string key;  ///< 32 raw bytes
  friend bool operator==(const Lease&, const Lease&) = default;
};

/// All that a service is started with. Holds secrets: its strings are wiped when it goes away. JSON
/// holds arguments, values and contents as base64, because they may be any bytes; the decoder
/// refuses NUL in what execve gets, empty or repeated names, and names with '='.
struct Configuration {
  std::vector<std::string> argv;
  text::Environment environment;  ///< in the order of the session
  std::string pwd;
  std::vector<ConfigurationFile> files;
  std::vector<ConfigurationTemplate> templates;
  std::optional<ProtectedFileSystem> fspf;
  std::vector<ProtectedFileSystem> volumes;
  std::optional<Lease> lease;  ///< there if the service has something to come back for

  Configuration() = default;
  Configuration(const Configuration&) = default;
  Configuration(Configuration&&) noexcept = default;
  Configuration& operator=(const Configuration&) = default;
  Configuration& operator=(Configuration&&) noexcept = default;
  ~Configuration();
  friend bool operator==(const Configuration&, const Configuration&) = default;
};
/// The text holds secrets in clear: it leaves the process only sealed.
[[nodiscard]] crypto::Secret encode(const Configuration& configuration);
[[nodiscard]] Configuration decode_configuration(std::string_view json);

}  // namespace sconectl::cas
