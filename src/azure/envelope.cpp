#include "azure/envelope.hpp"

#include <fmt/format.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/seal.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::azure {

using diag::Error;
using diag::ErrorKind;

namespace {

constexpr std::string_view head("\x00\xa1\x00\x02", 4);
constexpr std::size_t length_size = 2;
constexpr std::size_t around = 12 + 16;  ///< IV and tag
constexpr std::size_t key_size = 32;

[[noreturn]] void no_envelope(std::string_view why) {
  throw Error(ErrorKind::refused, fmt::format("its value is no encrypted one: {}", why));
}

}  // namespace

crypto::Secret open_envelope(std::string_view text, const crypto::Secret& key) {
  if (key.size() != key_size)
    throw Error(ErrorKind::refused, "the decryption key has not 32 bytes");
  const auto bytes = crypto::unbase64(text);
  if (!bytes) no_envelope("it is not base64");
  std::string_view rest = *bytes;
  if (rest.size() < head.size() + length_size + around) no_envelope("it is too short");
  if (!rest.starts_with(head)) no_envelope("it is of another version or for another kind of key");
  rest.remove_prefix(head.size());
  const std::size_t length = static_cast<std::size_t>(static_cast<unsigned char>(rest[0])) << 8U |
                             static_cast<unsigned char>(rest[1]);
  rest.remove_prefix(length_size);
  if (rest.size() != length + around) no_envelope("its length is not the one that it names");
  try {
    return crypto::open(key.view(), rest, "");
  } catch (const Error&) {
    throw Error(ErrorKind::refused,
                "its value was encrypted with another key, or changed: decryption_key does not "
                "open it");
  }
}

}  // namespace sconectl::azure
