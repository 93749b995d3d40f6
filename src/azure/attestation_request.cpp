#include "sconectl/azure/attestation_request.hpp"

#include <fmt/format.h>

#include "azure/json.hpp"
#include "sconectl/crypto/encoding.hpp"

namespace sconectl::azure {

using diag::Error;
using diag::ErrorKind;

namespace {

constexpr std::string_view attestation_answer = "answer of Azure Attestation";
constexpr std::size_t largest_attestation_answer = std::size_t{256} << 10U;

std::string unpadded(std::string_view bytes) {
  return crypto::base64url(bytes, crypto::Padding::without);
}

std::string target_for(AttestedTee tee) {
  switch (tee) {
    case AttestedTee::sgx:
      return "/attest/SgxEnclave?api-version=2022-08-01";
    case AttestedTee::tdx:
      return "/attest/TdxVm?api-version=2025-06-01";
    case AttestedTee::snp:
      break;
  }
  return "/attest/SevSnpVm?api-version=2022-08-01";
}

}  // namespace

AttestationRequest attestation_request(const AttestationEvidence& evidence) {
  Json body;
  if (evidence.tee == AttestedTee::snp) {
    const Json report{{"SnpReport", unpadded(evidence.quote)},
                      {"VcekCertChain", unpadded(evidence.vcek_chain)}};
    body["report"] = unpadded(report.dump());
  } else {
    body["quote"] = unpadded(evidence.quote);
  }
  if (evidence.runtime_data)
    body["runtimeData"] = {{"data", unpadded(*evidence.runtime_data)}, {"dataType", "Binary"}};
  return {target_for(evidence.tee), body.dump()};
}

std::string token_in_answer(std::string_view body) {
  if (body.size() > largest_attestation_answer)
    throw Error(ErrorKind::invalid, fmt::format("the {} is too large", attestation_answer));
  auto token = text_or_none(parse_json(body, attestation_answer), "token", attestation_answer);
  if (token.empty())
    throw Error(ErrorKind::invalid, fmt::format("the {} holds no token", attestation_answer));
  return token;
}

}  // namespace sconectl::azure
