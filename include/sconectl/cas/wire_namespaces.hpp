// Namespaces that are sealed with a key of their owner. Like wire.hpp, which has the rules for
// encoders and decoders.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::cas {

namespace path {
inline constexpr std::string_view namespace_seals = "/v1/namespace_seals/";
inline constexpr std::string_view namespace_locks = "/v1/namespace_locks/";
inline constexpr std::string_view namespace_unlocks = "/v1/namespace_unlocks/";
}  // namespace path

inline constexpr std::size_t namespace_key_bytes = 32;

/// A file with the key: a line that says what it is, and the key, 64 hex digits behind a word that
/// no other key has.
[[nodiscard]] crypto::Secret namespace_key_file(const crypto::Secret& key);
/// The key again. Lines that begin with '#' are left out. Nothing for another text.
[[nodiscard]] std::optional<crypto::Secret> parse_namespace_key(std::string_view text);

/// To seal a namespace, and to unlock it. On the wire 64 hex digits.
struct NamespaceKeyRequest {
  crypto::Secret key;
};
[[nodiscard]] crypto::Secret encode(const NamespaceKeyRequest& request);
[[nodiscard]] NamespaceKeyRequest decode_namespace_key(std::string_view json);

/// The sealed namespace that a session is or lies in.
struct NamespaceStatus {
  std::string name;  ///< "": there is none
  bool locked = false;
  std::vector<std::string> warnings;  ///< for who has just sealed it
};
[[nodiscard]] std::string encode(const NamespaceStatus& reply);
[[nodiscard]] NamespaceStatus decode_namespace_status(std::string_view json);

}  // namespace sconectl::cas
