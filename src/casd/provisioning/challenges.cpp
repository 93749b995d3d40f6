#include "casd/provisioning/challenges.hpp"

#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/random.hpp"

namespace sconectl::casd {

namespace {

// 8 bytes expiry (seconds of the steady clock, big-endian), 8 random bytes, 16 bytes MAC.
constexpr std::size_t expiry_bytes = 8;
constexpr std::size_t head_bytes = 16;
constexpr std::size_t nonce_bytes = 32;
constexpr std::uint64_t lifetime_seconds = 120;
/// Beyond this many used nonces within their lifetime new ones are refused: memory stays bounded.
constexpr std::size_t most_used = 1'000'000;

std::uint64_t seconds(Challenges::Time time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

}  // namespace

Challenges::Challenges() : key_(crypto::random_bytes(32)) {}

std::string Challenges::mac(std::string_view head) const {
  const auto digest = crypto::hmac_sha256(key_.view(), head);
  return std::string(crypto::view(digest).substr(0, nonce_bytes - head_bytes));
}

std::string Challenges::make(Time now) const {
  const auto expiry = seconds(now) + lifetime_seconds;
  std::string head;
  for (int shift = 56; shift >= 0; shift -= 8)
    head.push_back(static_cast<char>(static_cast<unsigned char>((expiry >> shift) & 0xffU)));
  head += crypto::random_bytes(head_bytes - expiry_bytes).view();
  return head + mac(head);
}

bool Challenges::use(std::string_view nonce, Time now) {
  if (nonce.size() != nonce_bytes) return false;
  const auto head = nonce.substr(0, head_bytes);
  if (!crypto::constant_time_equal(mac(head), nonce.substr(head_bytes))) return false;
  std::uint64_t expiry = 0;
  for (const char c : head.substr(0, expiry_bytes))
    expiry = (expiry << 8U) | static_cast<unsigned char>(c);
  const auto present = seconds(now);
  if (expiry <= present) return false;
  const std::lock_guard lock(mutex_);
  while (!used_.empty() && used_.begin()->first <= present) used_.erase(used_.begin());
  if (used_.size() >= most_used) return false;
  return used_.emplace(expiry, nonce).second;
}

}  // namespace sconectl::casd
