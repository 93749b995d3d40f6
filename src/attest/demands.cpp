#include "sconectl/attest/demands.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "attest/byte_reader.hpp"
#include "sconectl/attest/variant_match.hpp"
#include "sconectl/crypto/encoding.hpp"

namespace sconectl::attest {
namespace {

using session::AttestationVariant;
using session::EnclaveSigner;

template <typename T>
const T* known(const session::Setting<T>& setting) {
  return std::get_if<T>(&setting);
}

/// Bits of ATTRIBUTES: what an enclave that runs has, and what only Intel's own may have.
constexpr unsigned initialised_64bit = 0x1 | 0x4;
constexpr unsigned provision_or_launch_key = 0x10 | 0x20;

std::optional<std::string> unusual(const EnclaveReport& enclave) {
  const auto flags = static_cast<unsigned char>(enclave.attributes[0]);
  if ((flags & initialised_64bit) != initialised_64bit)
    return "its attributes are not those of an enclave that runs in 64-bit mode";
  if ((flags & provision_or_launch_key) != 0)
    return "its attributes give it the provisioning or launch key";
  if (!all_zero(enclave.config_id) || enclave.config_svn != 0)
    return "it was started with a configuration (CONFIGID), which a session can not pin";
  if (!all_zero(enclave.family_id) || !all_zero(enclave.ext_prod_id))
    return "it has a family or extended product id, which a session can not pin";
  return std::nullopt;
}

/// What is demanded may stand in a secret, and is not said (XA-019).
std::optional<std::string> differing_svn(std::uint32_t svn, const EnclaveSigner& signer) {
  const auto bound = [&](const std::optional<session::Number>& number, const char* name,
                         auto fits) -> std::optional<std::string> {
    if (!number) return std::nullopt;
    const auto* value = known(*number);
    if (value == nullptr) return fmt::format("{} is not resolved", name);
    if (fits(*value)) return std::nullopt;
    return fmt::format("its security version is {}, which {} does not allow", svn, name);
  };
  if (auto fault = bound(signer.isvsvn, "isvsvn", [&](auto value) { return svn == value; }))
    return fault;
  if (auto fault = bound(signer.isvsvn_min, "isvsvn_min", [&](auto value) { return svn >= value; }))
    return fault;
  return bound(signer.isvsvn_max, "isvsvn_max", [&](auto value) { return svn <= value; });
}

std::optional<std::string> differing_signer(const EnclaveReport& enclave,
                                            const session::Setting<EnclaveSigner>& setting) {
  const auto* signer = known(setting);
  const auto* product = signer == nullptr ? nullptr : known(signer->isvprodid);
  if (product == nullptr) return "signer is not resolved";
  const std::string measured = crypto::hex(enclave.mr_signer);
  if (signer->mrsigner != measured) return fmt::format("its mrsigner is {}", measured);
  if (*product != enclave.prod_id) return fmt::format("its isvprodid is {}", enclave.prod_id);
  return differing_svn(enclave.svn, *signer);
}

/// Each variant of the kind says what differs, if none fits. `differs` gives nothing for a variant
/// that fits and for one of another kind, which `is_of_kind` tells apart. `can_be_pinned`: there is
/// a variant that would fit.
template <typename IsOfKind, typename Differs>
void judge_variants(const Demands& demands, std::string_view kind, bool can_be_pinned,
                    IsOfKind is_of_kind, Differs differs, std::vector<Objection>& result) {
  std::vector<Objection> faults;
  for (std::size_t i = 0; i < demands.variants.size(); ++i) {
    if (!is_of_kind(demands.variants[i])) continue;
    const std::optional<std::string> fault = differs(demands.variants[i]);
    if (!fault) return;
    faults.push_back({fmt::format("attestation[{}]: {}", i, *fault), {}, {}, can_be_pinned});
  }
  if (faults.empty())
    faults.push_back(
        {fmt::format("attestation: no variant is for {}", kind), {}, {}, can_be_pinned});
  std::move(faults.begin(), faults.end(), std::back_inserter(result));
}

void judge_platform(const std::string& platform, const Demands& demands,
                    std::vector<Objection>& result) {
  const auto& allowed = demands.platforms;
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), platform) == allowed.end())
    result.push_back(
        {fmt::format("platforms: {} is not among them", platform), {}, {}, false, platform});
}

void judge_place(const Demands& demands, std::vector<Objection>& result) {
  if (demands.only_local)
    result.push_back(
        {"must_be_sgx_local: evidence over a network is no local attestation", {}, {}});
}

bool is_of_enclave(const AttestationVariant& variant) {
  return !variant.mrenclave.empty() || variant.signer.has_value();
}

/// The variant that a placeholder stood for; nothing if it is still there.
template <typename Variant, typename Compare>
std::optional<std::string> differing(const session::Setting<Variant>& setting, const char* key,
                                     Compare compare) {
  const auto* variant = known(setting);
  auto fault =
      variant == nullptr ? std::optional<std::string>("it is not resolved") : compare(*variant);
  if (fault) fault = fmt::format("{}: {}", key, *fault);
  return fault;
}

}  // namespace

Demands demands_of(const session::SecurityAttestation& attestation) {
  Demands result;
  for (const auto& word : attestation.tolerate)
    if (const auto* tolerance = known(word)) result.tolerated.words.insert(*tolerance);
  result.tolerated.advisories.insert(attestation.ignore_advisories.begin(),
                                     attestation.ignore_advisories.end());
  for (const auto& each : attestation.min_tcb)
    if (const auto* minimum = known(each)) result.min_tcb.push_back(*minimum);
  const auto* require_crl = attestation.require_crl ? known(*attestation.require_crl) : nullptr;
  if (require_crl != nullptr) result.require_crl = *require_crl;
  result.only_local = !session::is(attestation.must_be_sgx_local, false);
  if (session::is(attestation.mode, session::AttestationMode::maa))
    result.attester = Attester{attestation.url.value_or(""),
                               attestation.certificates.value_or(std::vector<std::string>())};
  return result;
}

std::optional<std::string> mismatch(const EnclaveReport& enclave,
                                    const AttestationVariant& variant) {
  if (variant.mrenclave.empty() && !variant.signer) return "it pins nothing of an SGX enclave";
  const std::string measured = crypto::hex(enclave.mr_enclave);
  if (!variant.mrenclave.empty() &&
      std::none_of(variant.mrenclave.begin(), variant.mrenclave.end(), [&](const auto& each) {
        const auto* value = known(each);
        return value != nullptr && *value == measured;
      }))
    return fmt::format("its mrenclave is {}", measured);
  if (variant.signer)
    if (auto fault = differing_signer(enclave, *variant.signer)) return fault;
  return unusual(enclave);
}

namespace {

void judge_body(const Quote& quote, const Demands& demands, std::vector<Objection>& result) {
  if (const auto* enclave = std::get_if<EnclaveReport>(&quote.body)) {
    judge_variants(
        demands, "an SGX enclave", !unusual(*enclave), is_of_enclave,
        [&](const auto& variant) { return mismatch(*enclave, variant); }, result);
    return;
  }
  const auto& domain = std::get<TdReport>(quote.body);
  judge_variants(
      demands, "a TDX domain", true, [](const auto& variant) { return variant.tdx.has_value(); },
      [&](const auto& variant) {
        return differing(*variant.tdx, "tdx",
                         [&](const auto& tdx) { return mismatch(domain, tdx); });
      },
      result);
}

void judge_chip(const SnpVerdict& verdict, const Demands& demands, std::vector<Objection>& result) {
  if (verdict.key == session::SnpKey::vcek)
    judge_platform(std::string(session::amd_chip_prefix) + crypto::hex(verdict.hw_id), demands,
                   result);
  else if (!demands.platforms.empty())
    result.push_back({"platforms: the chip of a guest with a VLEK is not among them", {}, {}});
}

/// What is ours to judge of a platform whose state an attester judges.
std::vector<Objection> objections_beside_attester(bool debug, const Demands& demands) {
  std::vector<Objection> result;
  const auto need = [&](session::Tolerance word, const char* text) {
    if (!demands.tolerated.words.contains(word)) result.push_back({text, {word}, {}});
  };
  need(session::Tolerance::maa_managed_tcb, "the state of its platform is the attester's to judge");
  if (debug) need(session::Tolerance::debug_mode, "it runs in debug mode");
  return result;
}

}  // namespace

std::vector<Objection> unmet(const Quote& quote, const Demands& demands) {
  auto result = objections_beside_attester(quote.debug(), demands);
  judge_place(demands, result);
  judge_body(quote, demands, result);
  return result;
}

std::vector<Objection> unmet(const Quote& quote, const Verdict& verdict, const Demands& demands) {
  auto result = objections(verdict, demands.tolerated);
  judge_place(demands, result);
  judge_platform("INTEL_QE_ID:" + crypto::hex(quote.qe_id), demands, result);
  judge_body(quote, demands, result);
  return result;
}

std::vector<Objection> unmet(const SnpReport& report, const SnpVerdict& verdict,
                             const Demands& demands) {
  auto result = demands.attester ? objections_beside_attester(report.debug(), demands)
                                 : objections(verdict, demands.tolerated);
  judge_place(demands, result);
  if (!demands.attester) judge_chip(verdict, demands, result);
  judge_variants(
      demands, "an SNP guest", true, [](const auto& variant) { return variant.snp.has_value(); },
      [&](const auto& variant) {
        return differing(*variant.snp, "snp",
                         [&](const auto& snp) { return mismatch(report, verdict, snp); });
      },
      result);
  return result;
}

}  // namespace sconectl::attest
