// What tee/1 says about services and the rest of the session (XA-001 to XA-016).
#include <fmt/core.h>

#include <algorithm>

#include "check_parts.hpp"
#include "sconectl/session/resolve.hpp"

namespace sconectl::session {
namespace {

bool is_tee(const AttestationVariant& variant) {
  return variant.tdx.has_value() || variant.snp.has_value();
}

/// The variants as they are written, or with the values that the session itself gives where a
/// placeholder stands for some.
std::vector<AttestationVariant> known_variants(const Checked& checked, const Service& service) {
  std::vector<AttestationVariant> result;
  for (const auto& item : service.attestation) {
    const auto* variant = std::get_if<AttestationVariant>(&item);
    const bool whole = variant != nullptr &&
                       (!variant->tdx || std::holds_alternative<TdxVariant>(*variant->tdx)) &&
                       (!variant->snp || std::holds_alternative<SnpVariant>(*variant->snp));
    if (!whole) {
      diag::Diagnostics ignored;  // check_services() reports them
      return resolved_attestation(
          service, [&](const Placeholder& p) { return explicit_value(checked, p); }, ignored);
    }
    result.push_back(*variant);
  }
  return result;
}

/// `tolerate` has the word, or a placeholder that may be it.
bool may_tolerate(const SecurityAttestation& attestation, Tolerance word) {
  return std::any_of(
      attestation.tolerate.begin(), attestation.tolerate.end(), [&](const auto& item) {
        return is<Tolerance>(item, word) || std::holds_alternative<Placeholder>(item);
      });
}

class TeeService {
 public:
  TeeService(const Checked& checked, const Service& service, const Security* security)
      : checked_(checked), service_(service), security_(security) {
    if (security_ != nullptr)
      attestation_ = std::get_if<SecurityAttestation>(&security_->attestation);
  }

  void check() {
    const auto variants = known_variants(checked_, service_);
    if (std::none_of(variants.begin(), variants.end(), is_tee) || mode_is(AttestationMode::none))
      return;
    check_local(std::all_of(variants.begin(), variants.end(), is_tee));
    bool snp = false;
    for (const AttestationVariant& variant : variants) {
      warn_any(variant);
      snp = snp || variant.snp.has_value();
    }
    warn_workload(variants);
    if (snp && !mode_is(AttestationMode::maa)) warn_snp();
  }

 private:
  [[nodiscard]] std::string title() const { return fmt::format("service '{}'", service_.name); }
  [[nodiscard]] bool mode_is(AttestationMode mode) const {
    return attestation_ != nullptr && is<AttestationMode>(attestation_->mode, mode);
  }

  void check_local(bool all_tee) const {
    if (attestation_ != nullptr && is<bool>(attestation_->must_be_sgx_local, true)) {
      if (all_tee && service_.mrenclaves.empty())
        checked_.error(service_.place, title() +
                                           ": 'must_be_sgx_local' lets only SGX enclaves "
                                           "in, and all variants are 'tdx' or 'snp'");
      else
        checked_.warning(service_.place, title() +
                                             ": 'tdx' and 'snp' variants never match with "
                                             "'must_be_sgx_local'");
    }
    if (security_ != nullptr && is<bool>(security_->singleton_enclaves, true))
      checked_.warning(service_.place, title() +
                                           ": 'singleton_enclaves' refuses the start in a "
                                           "confidential virtual machine, which can not "
                                           "prove that it is new");
  }

  template <typename Variant, std::size_t size>
  void warn_any(const Variant& variant, const std::array<PinField<Variant>, size>& fields) const {
    for (const auto& field : fields)
      if ((variant.*field.pins).any)
        checked_.warning(variant.place,
                         fmt::format("{}: '{}: any' accepts every value", title(), field.key));
  }
  void warn_any(const AttestationVariant& variant) const {
    if (variant.tdx)
      if (const auto* tdx = std::get_if<TdxVariant>(&*variant.tdx)) warn_any(*tdx, tdx_fields);
    if (variant.snp)
      if (const auto* snp = std::get_if<SnpVariant>(&*variant.snp)) warn_any(*snp, snp_fields);
  }

  /// The measurement is that of the machine; something has to say which program runs in it.
  [[nodiscard]] static bool names_workload(const AttestationVariant& variant) {
    const auto* tdx = variant.tdx ? std::get_if<TdxVariant>(&*variant.tdx) : nullptr;
    const auto* snp = variant.snp ? std::get_if<SnpVariant>(&*variant.snp) : nullptr;
    if (tdx != nullptr) return !tdx->mrconfigid.values.empty() || !tdx->rtmr3.values.empty();
    return snp == nullptr || !snp->host_data.values.empty();
  }
  void warn_workload(const std::vector<AttestationVariant>& variants) const {
    const bool second =
        security_ == nullptr || attestation_ == nullptr || security_->service_access_token ||
        attestation_->one_time_password_shared_secret || service_.one_time_password_shared_secret;
    if (second || std::all_of(variants.begin(), variants.end(), names_workload)) return;
    checked_.warning(service_.place,
                     title() +
                         ": any container of this VM image can obtain this service's "
                         "secrets; pin 'host_data' (snp), 'mrconfigid' or 'rtmr3' (tdx), or "
                         "use one-time passwords or a service access token");
  }

  void warn_snp() const {
    if (attestation_ == nullptr) return;
    if (attestation_->min_tcb.empty() && !may_tolerate(*attestation_, Tolerance::outdated_tcb))
      checked_.warning(service_.place,
                       title() +
                           ": no SNP machine can pass: nothing says which versions are up "
                           "to date; add security.attestation.min_tcb, or tolerate "
                           "outdated-tcb");
    if (!may_tolerate(*attestation_, Tolerance::hyperthreading))
      checked_.warning(service_.place,
                       title() +
                           ": SNP guests whose policy allows SMT, which is the default of "
                           "most hosts, are refused unless hyperthreading is tolerated");
  }

  const Checked& checked_;
  const Service& service_;
  const Security* security_;
  const SecurityAttestation* attestation_ = nullptr;
};

bool names_chip(const Service& service) {
  return std::any_of(service.platforms.begin(), service.platforms.end(),
                     [](const std::string& text) { return text.starts_with(amd_chip_prefix); });
}

bool uses_it(const Checked& checked) {
  const auto* security = std::get_if<Security>(&checked.session.security);
  const auto* attestation =
      security == nullptr ? nullptr : std::get_if<SecurityAttestation>(&security->attestation);
  if (attestation != nullptr && (!attestation->min_tcb.empty() || attestation->require_crl))
    return true;
  return std::any_of(checked.session.services.begin(), checked.session.services.end(),
                     [&](const Service& service) {
                       const auto variants = known_variants(checked, service);
                       return names_chip(service) ||
                              std::any_of(variants.begin(), variants.end(), is_tee);
                     });
}

}  // namespace

void check_tee(const Checked& checked, const Service& service, const Security* security) {
  TeeService(checked, service, security).check();
}

void warn_tee_extension(const Checked& checked) {
  if (!uses_it(checked)) return;
  checked.warning(checked.session.place,
                  fmt::format("the session uses extension {} of the language: other CASes than "
                              "this one's do not know it",
                              tee_extension));
}

bool uses_tee_extension(const Session& session) {
  diag::Diagnostics ignored;
  return uses_it(Checked(session, ignored));
}

}  // namespace sconectl::session
