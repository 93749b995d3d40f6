// Keys on P-256 whose private half is elsewhere: in a token, in a TPM. Points are written as SEC 1
// does, uncompressed (65 bytes), where nothing else is said.
#pragma once

#include <string>
#include <string_view>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::crypto {

inline constexpr std::size_t p256_point_size = 65;
inline constexpr std::size_t p256_compressed_size = 33;
inline constexpr std::size_t p256_coordinate_size = 32;

/// What can be done with a private key that nobody can read. Any thread may call it.
class P256Key {
 public:
  P256Key() = default;
  P256Key(const P256Key&) = delete;
  P256Key& operator=(const P256Key&) = delete;
  virtual ~P256Key() = default;

  /// Throws Error{unavailable} if what holds it is not there, Error{not_found} if that has no such
  /// key.
  [[nodiscard]] virtual std::string public_point() const = 0;
  /// ECDH: x of the product with `theirs` (32 bytes). Throws Error{refused} too, if the PIN is
  /// wrong.
  [[nodiscard]] virtual Secret agree(std::string_view theirs) const = 0;
};

/// A point in either form, 33 or 65 bytes, in the other one. Throws Error{invalid} for bytes that
/// are no point of the curve.
[[nodiscard]] std::string p256_point(std::string_view bytes);
[[nodiscard]] std::string p256_compressed(std::string_view bytes);

/// SubjectPublicKeyInfo.
[[nodiscard]] std::string p256_der(std::string_view point);
/// Throws Error{invalid} for anything but a key on P-256.
[[nodiscard]] std::string p256_point_of_der(std::string_view der);

}  // namespace sconectl::crypto
