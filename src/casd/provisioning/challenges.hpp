// Nonces for services that ask for their configuration (RA-084).
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::casd {

/// A nonce carries its own expiry and a MAC under a key of this start, so that handing out any
/// number of them costs no memory. Only those that were used are remembered, until they expire.
class Challenges {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Challenges();
  /// 32 raw bytes, good once within two minutes.
  [[nodiscard]] std::string make(Time now) const;
  /// True exactly once for a nonce that make() gave out and that has not expired.
  [[nodiscard]] bool use(std::string_view nonce, Time now);

 private:
  [[nodiscard]] std::string mac(std::string_view head) const;

  crypto::Secret key_;
  std::mutex mutex_;
  /// Expiry and nonce: the oldest are first.
  std::set<std::pair<std::uint64_t, std::string>> used_;
};

}  // namespace sconectl::casd
