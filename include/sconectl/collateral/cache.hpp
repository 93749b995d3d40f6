// Fetched collateral is kept.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "sconectl/collateral/source.hpp"
#include "sconectl/host/clock.hpp"

namespace sconectl::collateral {

struct CacheOptions {
  std::filesystem::path directory;
  /// What is older is fetched anew, and used as it is while that fails and it has not ended.
  std::chrono::hours fresh{24};
  /// How long a failure is remembered before it is tried again.
  std::chrono::seconds after_failure{10};
  /// Kinds of platforms that are kept; the one that was fetched first goes.
  std::size_t kinds = 128;
};

/// One fetch for all who ask for a kind of platform at the same time; who can use what is there
/// does not wait for it. On disk it has the form of bundle.hpp, with one directory for each kind of
/// platform.
class Cache final : public Source {
 public:
  /// Told when something old is used because nothing new can be had.
  using Warn = std::function<void(std::string_view text)>;

  /// All must outlive the cache.
  Cache(Source& upstream, host::Files& files, host::Clock& clock, CacheOptions options, Warn warn);

  attest::Collateral of(const attest::CollateralNeed& need) override;

  /// What was asked for within CacheOptions::fresh: of how many kinds of platforms, and when the
  /// first and the last of it ends. Nobody renews what nobody asks for. Waits for nothing that is
  /// fetched.
  struct InUse {
    std::size_t kinds = 0;
    crypto::Time first_end{};
    crypto::Time last_end{};
  };
  [[nodiscard]] InUse in_use();

 private:
  struct Slot;
  struct Found {
    std::optional<attest::Collateral> collateral;  ///< that still counts
    bool worth_fetching = false;
    std::string failure;  ///< of the last attempt
  };
  [[nodiscard]] std::shared_ptr<Slot> slot(const attest::CollateralNeed& need);
  [[nodiscard]] Found look_up(Slot& slot, const attest::CollateralNeed& need) const;
  [[nodiscard]] attest::Collateral fetched(Slot& slot, const attest::CollateralNeed& need,
                                           std::optional<attest::Collateral> current);
  attest::Collateral fetch(Slot& slot, const attest::CollateralNeed& need);
  void load(Slot& slot, const attest::CollateralNeed& need) const;
  void keep(const attest::Collateral& collateral, crypto::Time time,
            const attest::CollateralNeed& need) const;
  [[nodiscard]] crypto::Time now() const;

  Source& upstream_;
  host::Files& files_;
  host::Clock& clock_;
  const CacheOptions options_;
  const Warn warn_;
  std::mutex mutex_;
  std::map<attest::CollateralNeed, std::shared_ptr<Slot>> slots_;
};

}  // namespace sconectl::collateral
