#include "cli/attest_flags.hpp"

#include <fmt/core.h>

#include <chrono>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::cli {
namespace {

/// yyyy-mm-dd, dd.mm.yyyy or dd-mm-yyyy (CL-098).
std::chrono::sys_days day_of(const std::string& text) {
  const auto number = [&](std::size_t at, std::size_t size) {
    return text::number<int>(std::string_view(text).substr(at, size)).value_or(-1);
  };
  std::chrono::year_month_day date{};
  const auto set = [&](std::size_t year, std::size_t month, std::size_t day) {
    date = std::chrono::year(number(year, 4)) /
           std::chrono::month(static_cast<unsigned>(number(month, 2))) /
           std::chrono::day(static_cast<unsigned>(number(day, 2)));
  };
  const bool sized = text.size() == 10;
  if (sized && text[4] == '-' && text[7] == '-')
    set(0, 5, 8);
  else if (sized && (text[2] == '.' || text[2] == '-') && text[5] == text[2])
    set(6, 3, 0);
  if (!sized || !date.ok())
    throw diag::Error(diag::ErrorKind::usage,
                      fmt::format("--verification-time '{}' is no date: write yyyy-mm-dd", text));
  return date;
}

}  // namespace

void AttestFlags::add_to(CLI::App& parser) {
  cas::AttestOptions& o = options;
  parser.add_option("mrenclave", positional_mrenclave, "Deprecated, as --mrenclave");
  parser.add_option("-c,--cas-key-hash", key_hash, "The CAS must have this key")->type_name("HASH");
  parser
      .add_option("-s,--cas-software-key-hash", software_key_hash,
                  "The CAS software must have this key")
      ->type_name("HASH");
  parser.add_option("--mrenclave", o.mrenclave, "Accepted measurement (repeatable)")
      ->allow_extra_args(false)
      ->type_name("HEX");
  parser.add_option("--mrsigner", mrsigner, "Accepted signer")->type_name("HEX");
  parser.add_option("--isvprodid", isvprodid, "Product of the signer")->check(CLI::Range(0, 65535));
  parser.add_option("--isvsvn", isvsvn, "Least version of the product")
      ->check(CLI::Range(0, 65535));
  parser.add_flag("-C,--accept-configuration-needed", o.accept_configuration_needed,
                  "Tolerate this");
  parser.add_flag("-G,--accept-group-out-of-date", o.accept_group_out_of_date, "Tolerate this");
  parser.add_flag("-S,--accept-sw-hardening-needed", o.accept_sw_hardening_needed, "Tolerate this");
  parser.add_flag("--accept-revoked-pcs-certs", o.accept_revoked_pcs_certs, "Tolerate this");
  parser.add_flag("--accept-unverifiable-pcs-certs", o.accept_unverifiable_pcs_certs,
                  "Tolerate this");
  parser.add_option("--ignore-advisories", advisories, "Advisories to ignore")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("A,B");
  parser.add_flag("--fail-on-any-advisory", o.fail_on_any_advisory, "Tolerate none");
  parser.add_flag("--allow-cas-owner-secret-access", o.allow_cas_owner_secret_access,
                  "Accept a CAS whose owner chose the database key");
  parser
      .add_option("--verification-time", verification_time,
                  "Judge the certificates of hardware evidence at this day")
      ->type_name("YYYY-MM-DD");
  parser.add_option("--retries", retries, "After network errors (SCONE_CLI_RETRIES, default 3)")
      ->check(CLI::NonNegativeNumber);
  parser.add_flag("--only_for_testing-debug", o.testing_debug, "Accept debug mode or no hardware");
  parser.add_flag("--only_for_testing-ignore-signer", o.testing_ignore_signer, "Accept any signer");
  parser.add_flag("--only_for_testing-trust-any", o.testing_trust_any, "Accept any measurement");
  parser.add_flag(
      "--only_for_testing_allow-unprovisioned-cas,"
      "--only_for_testing-allow-unprovisioned-cas",
      o.testing_allow_unprovisioned, "Accept a CAS without owner");
}

void AttestFlags::add_offline_report(CLI::App& parser) {
  parser
      .add_option("--offline-report", offline_report,
                  "Judge this report instead of contacting the CAS (needs --nonce)")
      ->type_name("FILE");
  parser.add_option("--nonce", nonce, "What the offline report was asked with")->type_name("HEX");
}

void AttestFlags::warn(action::System& system) const {
  if (verification_time.empty()) return;
  system.warn({diag::Severity::warning,
               {},
               "--verification-time has no effect yet: this build judges no hardware evidence"});
}

cas::AttestOptions AttestFlags::finished() const {
  cas::AttestOptions result = options;
  if (!positional_mrenclave.empty()) result.mrenclave.push_back(positional_mrenclave);
  if (!key_hash.empty()) result.cas_key_hash = key_hash;
  if (!software_key_hash.empty()) result.cas_software_key_hash = software_key_hash;
  if (!mrsigner.empty()) result.mrsigner = mrsigner;
  if (isvprodid >= 0) result.isvprodid = static_cast<std::uint16_t>(isvprodid);
  if (isvsvn >= 0) result.isvsvn = static_cast<std::uint16_t>(isvsvn);
  result.ignore_advisories = advisories;
  if (!verification_time.empty()) result.verification_time = day_of(verification_time);
  return result;
}

std::optional<action::OfflineReport> AttestFlags::offline() const {
  if (offline_report.empty() != nonce.empty())
    throw diag::Error(
        diag::ErrorKind::usage,
        "--nonce and --offline-report go together (CL-099): the nonce is the one that "
        "the report was asked with");
  if (offline_report.empty()) return std::nullopt;
  return action::OfflineReport{offline_report, nonce};
}

cas::KnownCas attested(Invocation& invocation, cas::ConfigFile& config, const std::string& address,
                       const AttestFlags& flags) {
  const auto tries = flags.retries >= 0 ? std::optional(flags.retries) : std::nullopt;
  try {
    return action::attest_cas(invocation.system, config, address, flags.finished(),
                              action::retries(invocation.system, tries), flags.offline());
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::usage) throw;
    throw error.within("Error during attestation of CAS");
  }
}

}  // namespace sconectl::cli
