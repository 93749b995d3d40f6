#include "crypto/pgp_packet.hpp"

#include <bit>

#include "crypto/native.hpp"

namespace sconectl::crypto {
namespace {

// Lengths of the new format: one byte, two bytes, or 0xFF and four bytes.
constexpr std::size_t one_byte_limit = 192;
constexpr std::size_t two_byte_limit = 8384;

std::string_view take(std::string_view& rest, std::size_t size) {
  if (rest.size() < size) throw_invalid("an OpenPGP key is cut off");
  const std::string_view taken = rest.substr(0, size);
  rest.remove_prefix(size);
  return taken;
}

std::size_t take_number(std::string_view& rest, std::size_t width) {
  std::size_t number = 0;
  for (const char c : take(rest, width)) number = number << 8U | static_cast<unsigned char>(c);
  return number;
}

std::size_t take_length(std::string_view& rest) {
  const std::size_t first = take_number(rest, 1);
  if (first < one_byte_limit) return first;
  if (first < 224) return ((first - one_byte_limit) << 8U) + take_number(rest, 1) + one_byte_limit;
  if (first != 0xFF) throw_invalid("an OpenPGP key has a packet of unknown length");
  return take_number(rest, 4);
}

}  // namespace

std::string pgp_number(std::uint64_t number, std::size_t width) {
  std::string bytes(width, '\0');
  for (std::size_t i = width; i-- > 0; number >>= 8U) bytes[i] = static_cast<char>(number & 0xFFU);
  return bytes;
}

std::string pgp_integer(std::string_view big_endian) {
  while (!big_endian.empty() && big_endian.front() == '\0') big_endian.remove_prefix(1);
  if (big_endian.empty()) return pgp_number(0, 2);
  const auto first = static_cast<unsigned char>(big_endian.front());
  const std::size_t bits =
      (big_endian.size() - 1) * 8 + static_cast<std::size_t>(std::bit_width(unsigned{first}));
  std::string integer;
  integer.reserve(big_endian.size() + 2);  // so that no copy of a secret number is left behind
  integer.append(pgp_number(bits, 2)).append(big_endian);
  return integer;
}

std::string pgp_head(PgpTag tag, std::size_t body_size) {
  std::string head(1, static_cast<char>(0xC0U | static_cast<unsigned>(tag)));
  if (body_size < one_byte_limit) return head + static_cast<char>(body_size);
  if (body_size < two_byte_limit) {
    const std::size_t rest = body_size - one_byte_limit;
    return head + static_cast<char>((rest >> 8U) + one_byte_limit) +
           static_cast<char>(rest & 0xFFU);
  }
  return head + '\xFF' + pgp_number(body_size, 4);
}

std::string pgp_packet(PgpTag tag, std::string_view body) {
  return pgp_head(tag, body.size()) + std::string(body);
}

PgpPacket next_pgp_packet(std::string_view& rest) {
  const std::size_t first = take_number(rest, 1);
  if ((first & 0xC0U) != 0xC0U) throw_invalid("not an OpenPGP key in binary form");
  PgpPacket packet;
  packet.tag = static_cast<PgpTag>(first & 0x3FU);
  packet.body = take(rest, take_length(rest));
  return packet;
}

std::string pgp_public_body(std::string_view secret_body) {
  std::string_view rest = secret_body;
  take(rest, 5);  // version and creation time
  const std::size_t algorithm = take_number(rest, 1);
  constexpr std::size_t ecdh = 18;
  constexpr std::size_t eddsa = 22;
  if (algorithm != ecdh && algorithm != eddsa) throw_invalid("an OpenPGP key of another kind");
  take(rest, take_number(rest, 1));            // the curve
  take(rest, (take_number(rest, 2) + 7) / 8);  // the point
  if (algorithm == ecdh) take(rest, take_number(rest, 1));
  return std::string(secret_body.substr(0, secret_body.size() - rest.size()));
}

std::uint32_t pgp_crc24(std::string_view bytes) {
  constexpr std::uint32_t polynomial = 0x1864CFB;
  std::uint32_t crc = 0xB704CE;
  for (const char c : bytes) {
    crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(c)) << 16U;
    for (int bit = 0; bit < 8; ++bit) {
      crc <<= 1U;
      if ((crc & 0x1000000U) != 0) crc ^= polynomial;
    }
  }
  return crc & 0xFFFFFFU;
}

}  // namespace sconectl::crypto
