#include <fmt/core.h>

#include "collateral/snp_bundle.hpp"
#include "sconectl/collateral/snp_source.hpp"
#include "sconectl/crypto/crl.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::collateral {
namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::size_t largest_kept = std::size_t{1} << 20U;
constexpr unsigned closed_directory = 0700;
constexpr std::chrono::hours fresh{24};
constexpr unsigned closed_file = 0600;
constexpr std::chrono::seconds after_authorities{10};

/// AMD's list is new for months: a day after it was made it is asked for again, if AMD answers.
bool ended(const attest::SnpCertificates& certificates, crypto::Time now) try {
  return certificates.crl.empty() || now > crypto::Crl::from_text(certificates.crl).next_update();
} catch (const Error&) {
  return true;
}

}  // namespace

SnpCache::SnpCache(SnpSource& upstream, host::Files& files, host::Clock& clock,
                   SnpCacheOptions options)
    : upstream_(upstream), files_(files), clock_(clock), options_(std::move(options)) {}

attest::SnpCertificates SnpCache::authorities(attest::SnpProduct product, session::SnpKey key) {
  const std::string name = authorities_name(product, key);
  const auto place = options_.directory / name;
  const auto now = std::chrono::time_point_cast<std::chrono::seconds>(clock_.now());
  const std::string today =
      fmt::format("{}\n", now.time_since_epoch() / std::chrono::seconds(fresh));
  auto kept = read_certificates(files_, place);
  const bool usable = !kept.ark.empty() && !ended(kept, now);
  const bool new_enough =
      files_.read_if_exists(place / "fetched", largest_kept).value_or("") == today;
  if (usable && (new_enough || !may_ask(name, after_authorities))) return kept;
  if (!usable && !may_ask(name, after_authorities))
    throw Error(ErrorKind::unavailable, fmt::format("'{}' was asked for just now", name));
  try {
    auto fetched = upstream_.authorities(product, key);
    auto tree = authorities_tree(fetched);
    tree["fetched"] = {today};
    files_.make_directories(options_.directory, closed_directory);
    files_.replace_tree(place, tree, closed_directory);
    return fetched;
  } catch (const Error&) {
    if (usable) return kept;
    throw;
  }
}

std::string SnpCache::vcek(const attest::SnpNeed& need) {
  if (need.chip_id.empty())
    throw Error(ErrorKind::not_found,
                "the report hides its chip, so that its certificate has to come with it");
  const auto path = options_.directory / vcek_path(need);
  if (auto kept = files_.read_if_exists(path, largest_kept)) return *std::move(kept);
  if (!may_ask("vcek", options_.between_chips))
    throw Error(ErrorKind::unavailable, "another chip's certificate was asked for just now");
  std::string fetched = upstream_.vcek(need);
  if (has_room_for(path.parent_path())) {
    files_.make_directories(path.parent_path(), closed_directory);
    files_.write(path, fetched, closed_file);
  }
  return fetched;
}

/// Reports that nobody has verified name chips and their states, and AMD certifies many of a chip.
bool SnpCache::has_room_for(const std::filesystem::path& chip) const {
  const auto entries = [&](const std::filesystem::path& directory) {
    return files_.status(directory) ? files_.list(directory).size() : 0;
  };
  const bool known = files_.status(chip).has_value();
  return entries(chip) < options_.states_of_chip &&
         (known || entries(chip.parent_path()) < options_.chips);
}

bool SnpCache::may_ask(const std::string& what, std::chrono::seconds pause) {
  const std::scoped_lock lock(mutex_);
  const auto now = clock_.steady();
  const auto [next, first] = next_.try_emplace(what, now);
  if (!first && now < next->second) return false;
  next->second = now + pause;
  return true;
}

}  // namespace sconectl::collateral
