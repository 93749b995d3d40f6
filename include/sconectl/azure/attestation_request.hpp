// How Azure Attestation is asked about evidence (azure.md 3.1, 3.7).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sconectl/azure/attestation_provider.hpp"
#include "sconectl/azure/attestation_token.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::azure {

/// What a machine shows. All but the chain is raw bytes.
struct AttestationEvidence {
  AttestedTee tee = AttestedTee::sgx;
  std::string quote;        ///< of SNP: the report. A quote holds its chain (data of type 5)
  std::string vcek_chain;   ///< SNP only: VCEK, ASK and ARK in PEM
  std::string report_data;  ///< 64: the one in the quote or report, which is not looked for there
  /// Its SHA-256 is the first half of the report data, which the provider verifies.
  std::optional<std::string> runtime_data = {};
};

struct AttestationRequest {
  std::string target;  ///< "/attest/SgxEnclave?api-version=2022-08-01"
  std::string body;    ///< JSON for POST
};
[[nodiscard]] AttestationRequest attestation_request(const AttestationEvidence& evidence);

/// The token in an answer with status 200. Throws Error{invalid} if there is none, or far too much
/// beside it.
[[nodiscard]] std::string token_in_answer(std::string_view body);

/// What an answer with another status means: Error{refused} or, if it may be better later,
/// Error{unavailable}. The text names the provider, its code of the error, what to do about it and
/// of its words those that are plain.
[[nodiscard]] diag::Error attestation_refusal(const AttestationProvider& provider, int status,
                                              std::string_view body);

}  // namespace sconectl::azure
