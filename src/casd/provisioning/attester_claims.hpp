// Whether what an attester says is about the very evidence that was sent to it.
#pragma once

#include "sconectl/attest/quote.hpp"
#include "sconectl/attest/snp_report.hpp"
#include "sconectl/azure/attestation_token.hpp"

namespace sconectl::casd {

/// A token about an SGX enclave has the hash of the quote, which azure::AttestationServices
/// compares; those about machines only repeat what is in their evidence. Throws Error{refused} that
/// names what differs.
void require_about(const azure::AttestationClaims& claims, const attest::Quote& quote);
void require_about(const azure::AttestationClaims& claims, const attest::SnpReport& report);

}  // namespace sconectl::casd
