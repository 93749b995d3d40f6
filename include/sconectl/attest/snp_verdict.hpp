// From a report of an SNP guest and AMD's certificates to a verdict. Time and roots are inputs.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sconectl/attest/snp_report.hpp"
#include "sconectl/attest/verdict.hpp"
#include "sconectl/session/confidential_vm.hpp"

namespace sconectl::attest {

/// The state of a machine's updates. AMD publishes no list: what is up to date is what the session
/// says (EV-021).
enum class SnpStatus {
  up_to_date,
  configuration_needed,  ///< memory was not looked through for aliases
  out_of_date,
  out_of_date_configuration_needed,
  unknown,  ///< no minimum is given for this line of processors
};
[[nodiscard]] constexpr auto words_of(SnpStatus) {
  return text::words<SnpStatus::unknown>("UpToDate", "ConfigurationNeeded", "OutOfDate",
                                         "OutOfDateConfigurationNeeded", "TcbUnknown");
}

struct SnpVerdict {
  SnpStatus status = SnpStatus::unknown;
  bool debug = false;        ///< the host may read and write the guest's memory
  bool smt_allowed = false;  ///< by the policy of the guest
  SnpProduct product = SnpProduct::milan;
  std::optional<session::CpuLine> line;
  SnpTcb reported;
  SnpTcb committed;
  SnpTcb current;
  SnpTcb launch;
  session::SnpKey key = session::SnpKey::vcek;
  std::string csp_id;  ///< the provider, with a VLEK; else empty
  std::string hw_id;   ///< of the chip, 64 raw bytes (Turin: 8), with a VCEK; else empty
  bool crl_checked = false;
  std::vector<Validity> validity;  ///< of everything that was used, the earliest end first
};

struct SnpOptions {
  crypto::Time at;
  /// Another root than AMD's, for tests: who holds its key can claim anything.
  std::optional<crypto::Certificate> test_root;
  /// Refuse without AMD's list of revoked certificates; one that is given is always judged.
  bool require_crl = false;
};

/// Which certificates a report is judged by. Throws Error{invalid} for a report that does not say
/// its processor, or one whose root is not known (EV-016).
struct SnpNeed {
  SnpProduct product = SnpProduct::milan;
  session::SnpKey key = session::SnpKey::vcek;
  std::string chip_id;  ///< raw bytes, 64 (Turin: 8); empty if the host hides it
  SnpTcb reported;

  bool operator==(const SnpNeed&) const = default;
};
[[nodiscard]] SnpNeed snp_need(const SnpReport& report);

/// Checks the certificates from the report's key to AMD's root, all dates, what they say about chip
/// and versions, the signature, and what no session can tolerate (S06 to S17, S20; EV-016 to
/// EV-022). Throws Error{refused} that names the check. Report data and what a session pins are not
/// looked at.
[[nodiscard]] SnpVerdict verify_snp(const SnpReport& report, const SnpCertificates& certificates,
                                    std::span<const session::MinTcb> minimums,
                                    const SnpOptions& options);

/// The certificates from the report's key to AMD's root in PEM, in this order, which are checked as
/// in verify_snp(). Throws Error{refused}.
[[nodiscard]] std::string snp_chain_pem(const SnpReport& report,
                                        const SnpCertificates& certificates,
                                        const SnpOptions& options);

}  // namespace sconectl::attest
