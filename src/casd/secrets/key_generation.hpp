// Keys that take long to make (RSA), apart from the threads that serve.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "casd/waiting/fair_threads.hpp"
#include "sconectl/crypto/key.hpp"

namespace sconectl::casd {

/// Whether making a key takes long enough to be noticed by others: RSA.
[[nodiscard]] bool is_slow(crypto::KeyType type);

/// A few threads with the lowest claim to the processor make slow keys, one for each address in
/// turn. Few requests wait for them at a time, so that other ones find threads that may wait. Safe
/// to use from several threads.
class KeyGeneration {
 public:
  KeyGeneration();

  /// The program ends: whoever waits, or comes later, gets Error{unavailable}.
  void stop() { stopping_ = true; }

  static constexpr std::size_t most_waiting = 16;
  static constexpr std::size_t most_waiting_of_source = 8;

  /// A request that waits for keys.
  class Place {
   public:
    /// Throws Error{unavailable} if too many requests, in all or of this source, wait already.
    Place(KeyGeneration& generation, std::string source);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    /// Waits until it is made.
    [[nodiscard]] crypto::PrivateKey generate(crypto::KeyType type);

   private:
    KeyGeneration& generation_;
    std::string source_;
  };

 private:
  std::mutex mutex_;
  std::map<std::string, std::size_t> waiting_;  ///< source -> its requests
  std::size_t all_waiting_ = 0;
  std::atomic<bool> stopping_ = false;
  FairThreads threads_;
};

/// The slow keys of one upload, which has a place from the first of them on.
class SlowKeys {
 public:
  SlowKeys(KeyGeneration& generation, std::string source)
      : generation_(generation), source_(std::move(source)) {}
  /// As KeyGeneration::Place.
  [[nodiscard]] crypto::PrivateKey generate(crypto::KeyType type) {
    if (!place_) place_.emplace(generation_, source_);
    return place_->generate(type);
  }

 private:
  KeyGeneration& generation_;
  std::string source_;
  std::optional<KeyGeneration::Place> place_;
};

}  // namespace sconectl::casd
