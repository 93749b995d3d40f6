#include "casd/provisioning/attester_claims.hpp"

#include <fmt/format.h>

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {
namespace {

template <typename Value>
void require_same(const Value& claimed, const Value& shown, std::string_view what) {
  if (claimed != shown)
    throw diag::Error(diag::ErrorKind::refused,
                      fmt::format("the attester's token is about another machine: its {} is not "
                                  "that of the evidence",
                                  what));
}

/// What a token may leave out.
void require_same_if_said(const std::string& claimed, const std::string& shown,
                          std::string_view what) {
  if (!claimed.empty()) require_same(claimed, shown, what);
}

}  // namespace

void require_about(const azure::AttestationClaims& claims, const attest::Quote& quote) {
  const auto* domain = std::get_if<attest::TdReport>(&quote.body);
  if (domain == nullptr) return;
  const auto& claimed = std::get<azure::TdxClaims>(claims.tee);
  require_same(claimed.mrtd, domain->mr_td, "mrtd");
  require_same(claimed.rtmr0, domain->rtmr[0], "rtmr0");
  require_same(claimed.rtmr1, domain->rtmr[1], "rtmr1");
  require_same(claimed.rtmr2, domain->rtmr[2], "rtmr2");
  require_same(claimed.rtmr3, domain->rtmr[3], "rtmr3");
  require_same_if_said(claimed.mrconfigid, domain->mr_config_id, "mrconfigid");
  require_same_if_said(claimed.mrowner, domain->mr_owner, "mrowner");
  require_same_if_said(claimed.mrownerconfig, domain->mr_owner_config, "mrownerconfig");
  require_same(claimed.debuggable, domain->debug(), "debug attribute");
}

void require_about(const azure::AttestationClaims& claims, const attest::SnpReport& report) {
  const auto& claimed = std::get<azure::SnpClaims>(claims.tee);
  require_same(claimed.launch_measurement, report.measurement, "measurement");
  require_same(claimed.host_data, report.host_data, "host data");
  require_same(claimed.id_key_digest, report.id_key_digest, "id key digest");
  require_same(claimed.author_key_digest, report.author_key_digest, "author key digest");
  require_same(claimed.debuggable, report.debug(), "debug policy");
  require_same(std::uint32_t{claimed.vmpl}, report.vmpl, "privilege level");
}

}  // namespace sconectl::casd
