// The two layers of a file of age: who gets its key (header), and the bytes (STREAM).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::crypto {

inline constexpr std::size_t age_chunk = 64UL * 1024;
inline constexpr std::size_t age_tag = 16;
inline constexpr std::size_t age_nonce = 16;
inline constexpr std::size_t age_file_key = 16;

/// The header for a file key, from its first line to the end of the last.
[[nodiscard]] std::string age_header(std::string_view file_key,
                                     const std::vector<std::string>& recipients);
/// How long the header at the beginning of `bytes` is; nothing: it goes on.
[[nodiscard]] std::optional<std::size_t> age_header_size(std::string_view bytes);
/// The file key. Throws Error{invalid} for what is no header, Error{refused} if no identity opens
/// it or it was changed.
[[nodiscard]] Secret open_age_header(std::string_view header,
                                     const std::vector<Secret>& identities);

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
