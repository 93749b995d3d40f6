// The packet format of OpenPGP (RFC 4880 §4), as far as a key needs it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sconectl::crypto {

enum class PgpTag : std::uint8_t {
  signature = 2,
  secret_key = 5,
  public_key = 6,
  secret_subkey = 7,
  user_id = 13,
  public_subkey = 14,
};

/// Big-endian, `width` bytes.
[[nodiscard]] std::string pgp_number(std::uint64_t number, std::size_t width);

/// A multiprecision integer: its length in bits, then its bytes without leading zeros.
[[nodiscard]] std::string pgp_integer(std::string_view big_endian);

/// The head of a packet in the new format.
[[nodiscard]] std::string pgp_head(PgpTag tag, std::size_t body_size);
[[nodiscard]] std::string pgp_packet(PgpTag tag, std::string_view body);

struct PgpPacket {
  PgpTag tag = PgpTag::signature;
  std::string_view body;
};
/// The first packet of `rest`, which is moved behind it. Throws Error{invalid}.
[[nodiscard]] PgpPacket next_pgp_packet(std::string_view& rest);

/// The public part of the body of a secret-key packet for a curve. Throws Error{invalid}.
[[nodiscard]] std::string pgp_public_body(std::string_view secret_body);

/// The checksum of ASCII armour, 24 bits.
[[nodiscard]] std::uint32_t pgp_crc24(std::string_view bytes);

}  // namespace sconectl::crypto
