// What a service that runs says to its CAS: new tags of its protected file systems, placeholders of
// its own files, its end (RA-084). Nobody else may: each request carries the id of
// the lease that came with the configuration, and a proof under the lease's key,
//   HMAC-SHA-256(key, path ‖ "\n" ‖ the request as JSON without `proof`, keys sorted, no spaces).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/cas/wire_service.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::cas {

inline constexpr std::size_t tag_bytes = 16;
inline constexpr std::size_t lease_id_bytes = 16;

/// Whose lease the sender says that it holds.
struct LeaseClaim {
  std::string service;  ///< "session/service"
  std::string lease;    ///< its id, 16 raw bytes
};

/// A protected file system has a new state. Tags are 16 raw bytes (hex on the wire).
struct TagUpdate {
  LeaseClaim claim;
  std::optional<std::string> volume;        ///< nothing: the service's own file system
  std::optional<std::string> previous_tag;  ///< nothing: the volume was made just now
  std::string tag;
};
/// The tag that the CAS holds now: the old one for an ephemeral volume (SL-252).
struct TagReply {
  std::optional<std::string> tag;
};

/// What the values are for (SL-248): the placeholders of files on the service's disk, or whatever
/// the program asks for while it runs.
enum class SecretUse { file, program };

/// Values for placeholders, each written "name" or "name:suffix".
struct SecretsRequest {
  LeaseClaim claim;
  SecretUse use = SecretUse::file;
  std::vector<std::string> placeholders;
  std::string public_key;  ///< raw X25519 key, made for this request: the reply is sealed to it
};
/// `sealed` (base64 on the wire) is the HPKE seal of encode_values() with secrets_seal_info();
/// `proof` shows that it comes from who knows the lease's key.
struct SecretsReply {
  std::string sealed;
  std::string proof;
};

/// The program ended. `status` as a shell shows it: 0 to 255, 128 + n for a signal.
struct ExitReport {
  LeaseClaim claim;
  unsigned status = 0;
};

/// A request as it came: `proof` is what the sender claims.
template <class Message>
struct WithLeaseProof {
  Message message;
  std::string proof;
};

/// The proof that a request must carry, 32 raw bytes. Compare with proof_matches.
[[nodiscard]] std::string lease_proof(std::string_view key, const TagUpdate& update);
[[nodiscard]] std::string lease_proof(std::string_view key, const SecretsRequest& request);
[[nodiscard]] std::string lease_proof(std::string_view key, const ExitReport& report);
/// The request with its proof.
[[nodiscard]] std::string encode(const TagUpdate& update, std::string_view key);
[[nodiscard]] std::string encode(const SecretsRequest& request, std::string_view key);
[[nodiscard]] std::string encode(const ExitReport& report, std::string_view key);
[[nodiscard]] WithLeaseProof<TagUpdate> decode_volume_tag(std::string_view json);
[[nodiscard]] WithLeaseProof<TagUpdate> decode_fspf_tag(std::string_view json);
[[nodiscard]] WithLeaseProof<SecretsRequest> decode_secrets_request(std::string_view json);
[[nodiscard]] WithLeaseProof<ExitReport> decode_exit_report(std::string_view json);

[[nodiscard]] std::string encode(const TagReply& reply);
[[nodiscard]] TagReply decode_tag_reply(std::string_view json);
[[nodiscard]] std::string encode(const SecretsReply& reply);
[[nodiscard]] SecretsReply decode_secrets_reply(std::string_view json);

/// The HPKE info of a reply: it answers this request and no other. `proof` is the request's.
[[nodiscard]] std::string secrets_seal_info(std::string_view proof);
/// What SecretsReply::proof must be.
[[nodiscard]] std::string secrets_reply_proof(std::string_view key, std::string_view request_proof,
                                              std::string_view sealed);
/// One value for each placeholder, any bytes, in the order of the request. The text holds secrets
/// in clear: it leaves the process only sealed.
[[nodiscard]] crypto::Secret encode_values(const std::vector<crypto::Secret>& values);
[[nodiscard]] std::vector<crypto::Secret> decode_values(std::string_view json);

}  // namespace sconectl::cas
