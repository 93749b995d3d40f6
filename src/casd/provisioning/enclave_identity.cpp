#include "casd/provisioning/enclave_identity.hpp"

#include "sconectl/attest/quote.hpp"
#include "sconectl/attest/snp_report.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using Names = std::map<std::string, std::string>;

Names identity_of(const attest::EnclaveReport& report) {
  return {{"tee", "sgx"},
          {"mrenclave", crypto::hex(report.mr_enclave)},
          {"mrsigner", crypto::hex(report.mr_signer)},
          {"isvprodid", std::to_string(report.prod_id)},
          {"isvsvn", std::to_string(report.svn)}};
}

Names identity_of(const attest::TdReport& report) {
  return {{"tee", "tdx"},
          {"mrtd", crypto::hex(report.mr_td)},
          {"rtmr0", crypto::hex(report.rtmr[0])},
          {"rtmr1", crypto::hex(report.rtmr[1])},
          {"rtmr2", crypto::hex(report.rtmr[2])},
          {"rtmr3", crypto::hex(report.rtmr[3])}};
}

}  // namespace

Names enclave_identity(const cas::Evidence& evidence) try {
  if (evidence.type == "none") return {};
  if (evidence.type == "sev-snp")
    return {{"tee", "snp"},
            {"measurement", crypto::hex(attest::parse_snp_report(evidence.quote).measurement)}};
  return std::visit([](const auto& report) { return identity_of(report); },
                    attest::parse_quote(evidence.quote).body);
} catch (const diag::Error&) {
  return {{"tee", evidence.type}};
}

}  // namespace sconectl::casd
