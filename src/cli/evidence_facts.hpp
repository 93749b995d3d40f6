// What evidence and verdicts say, as facts.
#pragma once

#include <string>
#include <vector>

#include "cli/facts.hpp"
#include "sconectl/attest/acceptance.hpp"
#include "sconectl/attest/quote.hpp"
#include "sconectl/attest/snp_verdict.hpp"

namespace sconectl::cli {

[[nodiscard]] Facts facts_of(const attest::Quote& quote);
[[nodiscard]] Facts facts_of(const attest::SnpReport& report);
[[nodiscard]] Facts facts_of(const attest::Verdict& verdict);
[[nodiscard]] Facts facts_of(const attest::SnpVerdict& verdict);
[[nodiscard]] Facts facts_of(const std::vector<attest::Objection>& objections);

/// What a session has to say so that all that can be tolerated is, beside what is `given`: to paste
/// into it. Empty if there is nothing.
[[nodiscard]] std::string tolerance_section(const std::vector<attest::Objection>& objections,
                                            const attest::Tolerances& given);

/// An item of `min_tcb` that this machine reaches; empty for a line of processors that is not
/// known.
[[nodiscard]] std::string minimum_of(const attest::SnpReport& report,
                                     const attest::SnpVerdict& verdict);

}  // namespace sconectl::cli
