// Digests and message authentication. Every result is raw bytes; hex() writes them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sconectl::crypto {

/// A SHA-256 digest; also the type of session hashes and key hashes.
using Digest = std::array<std::uint8_t, 32>;

[[nodiscard]] Digest sha256(std::string_view bytes);

/// The same of bytes that come one part after the other.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::string_view bytes);
  /// Of everything so far; nothing can be added after it.
  [[nodiscard]] Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// 48 raw bytes.
[[nodiscard]] std::string sha384(std::string_view bytes);
/// 64 raw bytes.
[[nodiscard]] std::string sha512(std::string_view bytes);
/// 20 raw bytes. Only for formats that prescribe it (key ids, OpenPGP fingerprints).
[[nodiscard]] std::string sha1(std::string_view bytes);

/// 32 raw bytes.
[[nodiscard]] Digest hmac_sha256(std::string_view key, std::string_view message);
/// 20 raw bytes (TOTP, SL-309).
[[nodiscard]] std::string hmac_sha1(std::string_view key, std::string_view message);

/// The digest as a byte string; valid as long as the digest.
[[nodiscard]] std::string_view view(const Digest& digest);

/// Takes the same time wherever the inputs differ; inputs of different length differ.
[[nodiscard]] bool constant_time_equal(std::string_view a, std::string_view b);

}  // namespace sconectl::crypto
