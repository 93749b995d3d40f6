// What of a session was given to which service: receipts for its owner.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "casd/store/store.hpp"
#include "sconectl/host/clock.hpp"

namespace sconectl::casd {

/// One answer with values of secrets.
struct Release {
  std::int64_t time = 0;            ///< seconds since 1970
  std::string service{};            ///< of the session
  std::string version{};            ///< hash of the session's version
  std::string source{};             ///< Peer::source
  std::set<std::string> secrets{};  ///< their names
};

/// Of each session the newest ones, kept in the store.
class Releases {
 public:
  static constexpr std::size_t most = 200;

  Releases(Store& store, const host::Clock& clock, bool kept)
      : store_(store), clock_(clock), kept_(kept) {}

  /// Whether the CAS keeps any.
  [[nodiscard]] bool kept() const { return kept_; }
  /// To be stored with what else is written of the session; nothing if none are kept or there are
  /// no secrets. `time` is set here.
  [[nodiscard]] std::vector<Store::StateChange> changes(Release release) const;
  struct List {
    std::int64_t total = 0;         ///< with those that are not remembered any more
    std::vector<Release> releases;  ///< oldest first
  };
  [[nodiscard]] List of(const std::string& session) const;

 private:
  Store& store_;
  const host::Clock& clock_;
  const bool kept_;
};

}  // namespace sconectl::casd
