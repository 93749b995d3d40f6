// What the owner of a CAS and the CAS say to each other (RA-067, RA-068). See wire.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::cas {

namespace path {
inline constexpr std::string_view provision = "/v1/provision";  // RA-067
inline constexpr std::string_view config = "/v1/config";        // RA-068
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

/// 32 hex digits as raw bytes; nothing for another text.
[[nodiscard]] std::optional<crypto::Secret> parse_provisioning_token(std::string_view text);

}  // namespace sconectl::cas
