#include "sconectl/crypto/java_trust_store.hpp"

#include <fmt/core.h>

#include <cstdint>

#include "sconectl/crypto/hash.hpp"

namespace sconectl::crypto {
namespace {

constexpr std::uint64_t begins_store = 0xfeedfeed;
constexpr std::uint64_t store_version = 2;
constexpr std::uint64_t trusted_certificate = 2;
constexpr std::string_view usual_password = "changeit";
constexpr std::string_view checksum_word = "Mighty Aphrodite";

/// A number of so many bytes, the first one highest (java.io.DataOutput).
void put_number(std::string& out, std::uint64_t value, unsigned bytes) {
  while (bytes-- > 0) out += static_cast<char>(value >> (bytes * 8U) & 0xffU);
}

void put_word(std::string& out, std::string_view ascii) {
  put_number(out, ascii.size(), 2);
  out += ascii;
}

}  // namespace

std::string java_trust_store(const std::vector<Certificate>& trusted) {
  std::string store;
  put_number(store, begins_store, 4);
  put_number(store, store_version, 4);
  put_number(store, trusted.size(), 4);
  for (std::size_t i = 0; i < trusted.size(); ++i) {
    const std::string der = trusted[i].der();
    put_number(store, trusted_certificate, 4);
    put_word(store, fmt::format("authority-{}", i + 1));
    put_number(store, 0, 8);  // made at no time
    put_word(store, "X.509");
    put_number(store, der.size(), 4);
    store += der;
  }
  std::string hashed;
  for (const char c : usual_password) hashed.append(1, '\0').append(1, c);
  return store + sha1(hashed.append(checksum_word) + store);
}

}  // namespace sconectl::crypto
