// How many versions of sessions an address may store.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "sconectl/crypto/certificate.hpp"

namespace sconectl::casd {

/// Keys are free, so what each key may store says little about a stranger who has many. In memory,
/// and for an hour each. Safe to use from several threads.
class CreationLimit {
 public:
  explicit CreationLimit(std::int64_t most) : most_(most) {}

  /// Counts one of this source (see Peer). Throws Error{too_many} beyond the limit.
  void count(const std::string& source, crypto::Time now);

 private:
  struct Hour {
    crypto::Time begin;
    std::int64_t stored = 0;
  };
  void forget_ended(crypto::Time now);

  const std::int64_t most_;
  std::mutex mutex_;
  std::map<std::string, Hour> sources_;
};

}  // namespace sconectl::casd
