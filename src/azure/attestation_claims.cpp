#include "azure/attestation_claims.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::azure {

using diag::Error;
using diag::ErrorKind;

namespace {

constexpr std::size_t digest_size = 32;
constexpr std::size_t measurement_size = 48;
constexpr std::size_t report_data_size = 64;

[[noreturn]] void wrong_claim(std::string_view name, std::string_view why) {
  throw Error(ErrorKind::invalid, fmt::format("its claim '{}' {}", name, why));
}

const Json* claim_or_none(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  return found == claims.end() ? nullptr : &*found;
}

const Json& claim(const Json& claims, const char* name) {
  const auto* found = claim_or_none(claims, name);
  if (found == nullptr) wrong_claim(name, "is missing");
  return *found;
}

std::string bytes_claim(const Json& claims, const char* name, std::size_t size) {
  const auto& value = claim(claims, name);
  if (value.is_string()) {
    const auto& digits = value.get_ref<const std::string&>();
    auto raw = digits.size() == 2 * size ? crypto::unhex(digits) : std::nullopt;
    if (raw && text::lower(digits) == digits) return *std::move(raw);
  }
  wrong_claim(name, fmt::format("is not {} hex digits in lower case", 2 * size));
}

std::string bytes_or_none(const Json& claims, const char* name, std::size_t size) {
  return claim_or_none(claims, name) == nullptr ? "" : bytes_claim(claims, name, size);
}

template <typename Number>
Number number_claim(const Json& claims, const char* name,
                    Number most = std::numeric_limits<Number>::max()) {
  const auto& value = claim(claims, name);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most)
    wrong_claim(name, fmt::format("is not a number from 0 to {}", most));
  return static_cast<Number>(value.get<std::uint64_t>());
}

bool flag_claim(const Json& claims, const char* name) {
  const auto& value = claim(claims, name);
  if (!value.is_boolean()) wrong_claim(name, "is neither true nor false");
  return value.get<bool>();
}

std::optional<std::string> text_claim(const Json& claims, const char* name) {
  const auto* value = claim_or_none(claims, name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) wrong_claim(name, "is no text");
  return value->get<std::string>();
}

std::optional<std::string> encoded_claim(const Json& claims, const char* name) {
  const auto text = text_claim(claims, name);
  if (!text) return std::nullopt;
  auto raw = text->ends_with('=') ? std::nullopt : crypto::unbase64url(*text);
  if (!raw) wrong_claim(name, "is not base64url without padding");
  return raw;
}

SgxClaims sgx_claims(const Json& claims) {
  SgxClaims result;
  result.mrenclave = bytes_claim(claims, "x-ms-sgx-mrenclave", digest_size);
  result.mrsigner = bytes_claim(claims, "x-ms-sgx-mrsigner", digest_size);
  result.product_id = number_claim<std::uint16_t>(claims, "x-ms-sgx-product-id");
  result.svn = number_claim<std::uint16_t>(claims, "x-ms-sgx-svn");
  result.debuggable = flag_claim(claims, "x-ms-sgx-is-debuggable");
  const auto& collateral = claim(claims, "x-ms-sgx-collateral");
  if (!collateral.is_object()) wrong_claim("x-ms-sgx-collateral", "is no object");
  result.quote_hash = bytes_claim(collateral, "quotehash", digest_size);
  result.runtime_data = encoded_claim(claims, "x-ms-sgx-ehd");
  return result;
}

TdxClaims tdx_claims(const Json& claims) {
  TdxClaims result;
  result.mrtd = bytes_claim(claims, "tdx_mrtd", measurement_size);
  result.rtmr0 = bytes_claim(claims, "tdx_rtmr0", measurement_size);
  result.rtmr1 = bytes_claim(claims, "tdx_rtmr1", measurement_size);
  result.rtmr2 = bytes_claim(claims, "tdx_rtmr2", measurement_size);
  result.rtmr3 = bytes_claim(claims, "tdx_rtmr3", measurement_size);
  result.mrconfigid = bytes_or_none(claims, "tdx_mrconfigid", measurement_size);
  result.mrowner = bytes_or_none(claims, "tdx_mrowner", measurement_size);
  result.mrownerconfig = bytes_or_none(claims, "tdx_mrownerconfig", measurement_size);
  result.debuggable = flag_claim(claims, "tdx_td_attributes_debug");
  result.tcb_status = text_claim(claims, "attester_tcb_status").value_or("");
  return result;
}

SnpClaims snp_claims(const Json& claims) {
  constexpr std::uint8_t highest_vmpl = 3;
  SnpClaims result;
  result.launch_measurement =
      bytes_claim(claims, "x-ms-sevsnpvm-launchmeasurement", measurement_size);
  result.host_data = bytes_claim(claims, "x-ms-sevsnpvm-hostdata", digest_size);
  result.id_key_digest = bytes_claim(claims, "x-ms-sevsnpvm-idkeydigest", measurement_size);
  result.author_key_digest = bytes_claim(claims, "x-ms-sevsnpvm-authorkeydigest", measurement_size);
  result.debuggable = flag_claim(claims, "x-ms-sevsnpvm-is-debuggable");
  result.migration_allowed = flag_claim(claims, "x-ms-sevsnpvm-migration-allowed");
  result.smt_allowed = flag_claim(claims, "x-ms-sevsnpvm-smt-allowed");
  result.vmpl = number_claim<std::uint8_t>(claims, "x-ms-sevsnpvm-vmpl", highest_vmpl);
  result.bootloader_svn = number_claim<std::uint8_t>(claims, "x-ms-sevsnpvm-bootloader-svn");
  result.tee_svn = number_claim<std::uint8_t>(claims, "x-ms-sevsnpvm-tee-svn");
  result.snp_svn = number_claim<std::uint8_t>(claims, "x-ms-sevsnpvm-snpfw-svn");
  result.microcode_svn = number_claim<std::uint8_t>(claims, "x-ms-sevsnpvm-microcode-svn");
  result.guest_svn = number_claim<std::uint32_t>(claims, "x-ms-sevsnpvm-guestsvn");
  return result;
}

const char* report_data_claim(AttestedTee tee) {
  switch (tee) {
    case AttestedTee::sgx:
      return "x-ms-sgx-report-data";
    case AttestedTee::tdx:
      return "tdx_report_data";
    case AttestedTee::snp:
      break;
  }
  return "x-ms-sevsnpvm-reportdata";
}

}  // namespace

AttestationClaims read_claims(const Json& claims, AttestedTee tee) {
  if (text_claim(claims, "x-ms-ver") != "1.0") wrong_claim("x-ms-ver", "is not \"1.0\"");
  if (text_claim(claims, "x-ms-attestation-type") != text::word(tee))
    wrong_claim("x-ms-attestation-type", fmt::format("is not \"{}\"", text::word(tee)));
  AttestationClaims result;
  result.report_data = bytes_claim(claims, report_data_claim(tee), report_data_size);
  result.nonce = text_claim(claims, "nonce");
  result.policy_hash = encoded_claim(claims, "x-ms-policy-hash");
  if (result.policy_hash && result.policy_hash->size() != digest_size)
    wrong_claim("x-ms-policy-hash", "is no SHA-256");
  if (tee == AttestedTee::sgx) result.tee = sgx_claims(claims);
  if (tee == AttestedTee::tdx) result.tee = tdx_claims(claims);
  if (tee == AttestedTee::snp) result.tee = snp_claims(claims);
  return result;
}

}  // namespace sconectl::azure
