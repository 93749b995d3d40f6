// `collateral fetch` and `collateral check`: what evidence is judged by, for sites without a
// network and for monitors.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/action/system.hpp"
#include "sconectl/attest/verdict.hpp"
#include "sconectl/collateral/inventory.hpp"

namespace sconectl::action {

struct CollateralFetch {
  std::vector<std::filesystem::path> evidence;  ///< quotes and SNP reports of the platforms
  std::filesystem::path output;
  std::string source = "pcs";      ///< collateral::make_source
  std::string snp_source = "kds";  ///< collateral::make_snp_source
  attest::VerificationOptions options;
};

/// Fetches what each piece of evidence will be judged by into a directory below `output`, which is
/// replaced at once; returns their names, each once. Evidence that is not of a genuine platform is
/// refused before anything is fetched (quotes only: a report's certificates are what is fetched).
std::vector<std::string> fetch_collateral(System& system, const CollateralFetch& fetch);

/// Something whose end is near.
struct Ending {
  std::string holding;
  std::string what;
  crypto::Time until;
  /// The smallest of the given numbers of days within which it ends; nothing: it has ended.
  std::optional<int> within_days;
};

/// Parts that have ended at `at` or end within the largest of `warn_days`, the earliest first.
[[nodiscard]] std::vector<Ending> endings(const std::vector<collateral::Holding>& holdings,
                                          crypto::Time at, std::vector<int> warn_days);

}  // namespace sconectl::action
