// The bytes behind the header of a file of age (STREAM).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::crypto {

inline constexpr std::size_t age_chunk = 64UL * 1024;
inline constexpr std::size_t age_nonce = 16;

/// HKDF-SHA256 of one block (RFC 5869).
[[nodiscard]] Secret age_hkdf(std::string_view material, std::string_view salt,
                              std::string_view info);

/// The key of the bytes behind the header.
[[nodiscard]] Secret age_payload_key(std::string_view file_key, std::string_view nonce);

/// Chunks in their order.
class AgeChunks {
 public:
  explicit AgeChunks(Secret key) : key_(std::move(key)) {}
  [[nodiscard]] std::string seal(std::string_view chunk, bool last);
  /// Nothing if it was changed, or is not in its place.
  [[nodiscard]] std::optional<Secret> open(std::string_view sealed, bool last);

 private:
  [[nodiscard]] std::string nonce(bool last) const;

  Secret key_;
  std::uint64_t number_ = 0;
};

}  // namespace sconectl::crypto
