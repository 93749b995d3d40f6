// What the owner of a CAS and the CAS say to each other (RA-067, RA-068). See wire.hpp.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::cas {

namespace path {
inline constexpr std::string_view provision = "/v1/provision";  // RA-067
inline constexpr std::string_view config = "/v1/config";        // RA-068
inline constexpr std::string_view keys = "/v1/keys";            // our addition
}  // namespace path

inline constexpr std::size_t provisioning_token_bytes = 16;

/// RA-067. The sender becomes the owner: his TLS client certificate says who he is.
struct ProvisionRequest {
  crypto::Secret token;         ///< raw bytes, 32 hex digits on the wire (CC-055)
  crypto::Secret owner_config;  ///< encode(OwnerConfig); on the wire an object
  bool database_key = false;    ///< one was sent (RA-074): its value is not kept
};
[[nodiscard]] crypto::Secret encode(const ProvisionRequest& request);
[[nodiscard]] ProvisionRequest decode_provision_request(std::string_view json);

/// After both calls: who owns the CAS now, and what of the configuration has no effect.
struct OwnerReply {
  std::string owner;  ///< key hash
  std::vector<std::string> warnings;
};
[[nodiscard]] std::string encode(const OwnerReply& reply);
[[nodiscard]] OwnerReply decode_owner_reply(std::string_view json);

/// The owner has keys of the CAS made anew: its root, the key of its software, which signs the
/// certificates of its server, and the one that sessions are encrypted to. Ours (CC-052, CC-053).
struct KeyRotation {
  bool root = false;
  bool software = false;
  bool session_encryption = false;
  /// A new root signs a new key of the software.
  [[nodiscard]] bool new_software() const { return root || software; }
};
/// "root", "software", "session-encryption": those that are made anew.
[[nodiscard]] std::set<std::string> names_of(const KeyRotation& rotation);
[[nodiscard]] std::string encode(const KeyRotation& rotation);
/// Throws Error{invalid} if none is named, or one that is not known.
[[nodiscard]] KeyRotation decode_key_rotation(std::string_view json);

/// Which keys they are now, as in its attestation.
struct KeyRotationReply {
  std::string cas_key_hash;
  std::string cas_software_key_hash;
  std::string session_encryption_key;  ///< 64 hex digits
};
[[nodiscard]] std::string encode(const KeyRotationReply& reply);
[[nodiscard]] KeyRotationReply decode_key_rotation_reply(std::string_view json);

/// 32 hex digits as raw bytes; nothing for another text.
[[nodiscard]] std::optional<crypto::Secret> parse_provisioning_token(std::string_view text);

}  // namespace sconectl::cas
