// Evidence of a confidential virtual machine against what a session pins.
#pragma once

#include <optional>
#include <string>

#include "sconectl/attest/quote.hpp"
#include "sconectl/attest/snp_report.hpp"
#include "sconectl/attest/snp_verdict.hpp"
#include "sconectl/session/confidential_vm.hpp"
#include "sconectl/session/service.hpp"

namespace sconectl::attest {

/// The first rule and field that does not fit ("S22 host_data", "EV-024 rtmr0"); nothing if all do.
/// A field that the variant does not name has to be zero (XA-004, EV-023), and a placeholder that
/// is left in the variant fits nothing. Report data, platforms and what a session tolerates are the
/// caller's.
[[nodiscard]] std::optional<std::string> mismatch(const SnpReport& report,
                                                  const SnpVerdict& verdict,
                                                  const session::SnpVariant& variant);
[[nodiscard]] std::optional<std::string> mismatch(const TdReport& report,
                                                  const session::TdxVariant& variant);

/// What a session has to say to accept just this: every measured value that is not zero is pinned.
[[nodiscard]] session::SnpVariant variant_for(const SnpReport& report, const SnpVerdict& verdict);
[[nodiscard]] session::TdxVariant variant_for(const TdReport& report);
/// Of an enclave: its MRENCLAVE.
[[nodiscard]] session::AttestationVariant attestation_variant_for(const Quote& quote);
[[nodiscard]] session::AttestationVariant attestation_variant_for(const SnpReport& report,
                                                                  const SnpVerdict& verdict);

}  // namespace sconectl::attest
