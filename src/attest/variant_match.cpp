#include "sconectl/attest/variant_match.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "attest/byte_reader.hpp"
#include "sconectl/crypto/encoding.hpp"

namespace sconectl::attest {
namespace {

using session::Absent;
using session::Pins;
using session::Setting;
using session::SnpVariant;
using session::TdxVariant;

template <typename Value>
bool one_is(const std::vector<Setting<Value>>& list, const Value& wanted) {
  return std::any_of(list.begin(), list.end(),
                     [&](const auto& item) { return session::is<Value>(item, wanted); });
}

/// A field that is not there at all is empty: it holds no value.
bool fits(const Pins& pins, std::string_view bytes, Absent absent) {
  if (pins.any) return true;
  if (!pins.values.empty()) return one_is(pins.values, crypto::hex(bytes));
  return absent == Absent::unchecked || all_zero(bytes);
}

std::string_view field_of(const TdReport& report, std::string_view key) {
  if (key == "mrtd") return report.mr_td;
  if (key == "rtmr0") return report.rtmr[0];
  if (key == "rtmr1") return report.rtmr[1];
  if (key == "rtmr2") return report.rtmr[2];
  if (key == "rtmr3") return report.rtmr[3];
  if (key == "mrconfigid") return report.mr_config_id;
  if (key == "mrowner") return report.mr_owner;
  if (key == "mrownerconfig") return report.mr_owner_config;
  if (key == "mrservicetd") return report.mr_service_td;
  return key == "td_attributes" ? report.attributes : report.xfam;
}

struct SnpField {
  std::string_view check;
  std::string_view bytes;
};
SnpField field_of(const SnpReport& report, std::string_view key) {
  if (key == "measurement") return {"S21", report.measurement};
  if (key == "host_data") return {"S22", report.host_data};
  if (key == "id_key") return {"S23", report.id_key_digest};
  if (key == "author_key") return {"S23", report.author_key_digest};
  return {"S23", key == "family_id" ? report.family_id : report.image_id};
}

/// The measured value, unless leaving it out says the same.
Pins pins_for(std::string_view bytes, Absent absent) {
  Pins result;
  if (absent == Absent::mistake || (absent == Absent::zero && !all_zero(bytes)))
    result.values.emplace_back(crypto::hex(bytes));
  return result;
}

unsigned bit_of(session::SnpPolicy policy) {
  using enum session::SnpPolicy;
  switch (policy) {
    case single_socket:
      return 20;
    case aes256_xts:
      return 22;
    case rapl_disabled:
      return 23;
    case ciphertext_hiding:
      return 24;
    case page_swap_disabled:
      return 25;
  }
  return 63;  // never set
}

bool has_bits(std::string_view bytes, std::string_view wanted) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto bits = static_cast<unsigned char>(wanted[i]);
    if (i >= bytes.size() || (static_cast<unsigned char>(bytes[i]) & bits) != bits) return false;
  }
  return true;
}

std::optional<std::string> key_mismatch(const SnpReport& report, const SnpVerdict& verdict,
                                        const SnpVariant& variant) {
  if (verdict.key != variant.key) return "S18 key";
  if (variant.key == session::SnpKey::vlek && !one_is(variant.csp_id, verdict.csp_id))
    return "S18 csp_id";
  if (static_cast<std::uint32_t>(report.version) < variant.version_min) return "S18 version_min";
  if (report.vmpl != variant.vmpl) return "S19 vmpl";
  return std::nullopt;
}

/// What the policy and the machine have to have beyond what verify_snp() demands of all.
std::optional<std::string> strength_mismatch(const SnpReport& report, const SnpVariant& variant) {
  for (const auto& item : variant.policy) {
    const auto* policy = std::get_if<session::SnpPolicy>(&item);
    if (policy == nullptr || !report.policy_bit(bit_of(*policy)))
      return fmt::format("S20 policy{}{}", policy == nullptr ? "" : ": ",
                         policy == nullptr ? "" : text::word(*policy));
  }
  if (!variant.mitigations) return std::nullopt;
  const auto wanted = crypto::unhex(*variant.mitigations);
  if (!wanted || !has_bits(report.launch_mitigations, *wanted) ||
      !has_bits(report.current_mitigations, *wanted))
    return "EV-023 mitigations";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> mismatch(const SnpReport& report, const SnpVerdict& verdict,
                                    const SnpVariant& variant) {
  if (auto wrong = key_mismatch(report, verdict, variant)) return wrong;
  if (auto wrong = strength_mismatch(report, variant)) return wrong;
  for (const auto& field : session::snp_fields) {
    const SnpField found = field_of(report, field.key);
    if (!fits(variant.*field.pins, found.bytes, field.absent))
      return fmt::format("{} {}", found.check, field.key);
  }
  // The flag says whether the digest is that of a key that signed, or just bytes.
  if (report.author_key_enabled == all_zero(report.author_key_digest)) return "S23 author_key";
  if (report.guest_svn < variant.guest_svn_min) return "S23 guest_svn_min";
  return std::nullopt;
}

std::optional<std::string> mismatch(const TdReport& report, const TdxVariant& variant) {
  constexpr unsigned reserved_debug_bits = 0xFE;  // of the first byte; the lowest is judged apart
  if ((static_cast<unsigned char>(report.attributes[0]) & reserved_debug_bits) != 0)
    return "XA-011 td_attributes";
  for (const auto& field : session::tdx_fields)
    if (!fits(variant.*field.pins, field_of(report, field.key), field.absent))
      return fmt::format("EV-024 {}", field.key);
  return std::nullopt;
}

SnpVariant variant_for(const SnpReport& report, const SnpVerdict& verdict) {
  SnpVariant result;
  for (const auto& field : session::snp_fields)
    result.*field.pins = pins_for(field_of(report, field.key).bytes, field.absent);
  result.guest_svn_min = report.guest_svn;
  result.vmpl = report.vmpl;
  result.key = verdict.key;
  if (verdict.key == session::SnpKey::vlek) result.csp_id.emplace_back(verdict.csp_id);
  if (report.version < 3) result.version_min = 2;
  return result;
}

TdxVariant variant_for(const TdReport& report) {
  TdxVariant result;
  for (const auto& field : session::tdx_fields)
    result.*field.pins = pins_for(field_of(report, field.key), field.absent);
  return result;
}

session::AttestationVariant attestation_variant_for(const Quote& quote) {
  session::AttestationVariant result;
  if (const auto* domain = std::get_if<TdReport>(&quote.body))
    result.tdx = variant_for(*domain);
  else
    result.mrenclave.emplace_back(crypto::hex(std::get<EnclaveReport>(quote.body).mr_enclave));
  return result;
}

session::AttestationVariant attestation_variant_for(const SnpReport& report,
                                                    const SnpVerdict& verdict) {
  session::AttestationVariant result;
  result.snp = variant_for(report, verdict);
  return result;
}

}  // namespace sconectl::attest
