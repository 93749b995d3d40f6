#include "sconectl/action/collateral.hpp"

#include <algorithm>
#include <set>

#include "sconectl/action/quote.hpp"
#include "sconectl/attest/snp_verdict.hpp"
#include "sconectl/collateral/bundle.hpp"
#include "sconectl/collateral/snp_source.hpp"
#include "sconectl/collateral/source.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::action {
namespace {

class Fetching {
 public:
  Fetching(System& system, const CollateralFetch& fetch)
      : system_(system),
        fetch_(fetch),
        quotes_(collateral::make_source(fetch.source, system.http, system.files)),
        reports_(collateral::make_snp_source(fetch.snp_source, system.http, system.files)),
        kept_reports_(*reports_, system.files, system.clock,
                      {.directory = fetch.output, .between_chips = std::chrono::seconds(0)}) {}

  void fetch_for(const attest::Quote& quote) {
    const auto need = attest::TrustedPlatform(quote, "", fetch_.options).need();
    const std::string name = collateral::bundle_name(need);
    if (!names_.insert(name).second) return;
    const auto tree = collateral::bundle_tree(quotes_->of(need));
    system_.files.replace_tree(fetch_.output / name, tree);
  }

  void fetch_for(const attest::SnpReport& report) {
    const auto need = attest::snp_need(report);
    static_cast<void>(kept_reports_.authorities(need.product, need.key));
    names_.insert(collateral::authorities_name(need.product, need.key));
    if (need.key == session::SnpKey::vcek) static_cast<void>(kept_reports_.vcek(need));
  }

  [[nodiscard]] std::vector<std::string> names() const { return {names_.begin(), names_.end()}; }

 private:
  System& system_;
  const CollateralFetch& fetch_;
  std::unique_ptr<collateral::Source> quotes_;
  std::unique_ptr<collateral::SnpSource> reports_;
  collateral::SnpCache kept_reports_;
  std::set<std::string> names_;
};

}  // namespace

std::vector<std::string> fetch_collateral(System& system, const CollateralFetch& fetch) {
  std::vector<Evidence> all;
  all.reserve(fetch.evidence.size());
  for (const auto& file : fetch.evidence) all.push_back(read_evidence(system.files, file));
  system.files.make_directories(fetch.output);
  Fetching fetching(system, fetch);
  for (const auto& evidence : all)
    std::visit([&](const auto& each) { fetching.fetch_for(each); }, evidence);
  return fetching.names();
}

std::vector<Ending> endings(const std::vector<collateral::Holding>& holdings, crypto::Time at,
                            std::vector<int> warn_days) {
  std::sort(warn_days.begin(), warn_days.end());
  std::vector<Ending> result;
  for (const auto& holding : holdings)
    for (const auto& part : holding.parts) {
      const auto near = std::find_if(warn_days.begin(), warn_days.end(), [&](int days) {
        return part.until <= at + std::chrono::days(days);
      });
      if (part.until < at)
        result.push_back({holding.name, part.what, part.until, std::nullopt});
      else if (near != warn_days.end())
        result.push_back({holding.name, part.what, part.until, *near});
    }
  std::stable_sort(result.begin(), result.end(),
                   [](const Ending& a, const Ending& b) { return a.until < b.until; });
  return result;
}

}  // namespace sconectl::action
