// The security section (SL-286 to SL-313), and both sections with the values that the session
// itself gives.
#include <fmt/core.h>

#include <algorithm>

#include "check_parts.hpp"
#include "expand.hpp"
#include "sconectl/session/resolve.hpp"
#include "section_check.hpp"

namespace sconectl::session {
namespace {

/// Present, absent, or unknown because of a placeholder.
std::optional<bool> tolerates(const SecurityAttestation& attestation, Tolerance wanted) {
  bool unknown = false;
  for (const auto& item : attestation.tolerate) {
    if (is<Tolerance>(item, wanted)) return true;
    unknown = unknown || std::holds_alternative<Placeholder>(item);
  }
  return unknown ? std::nullopt : std::optional(false);
}

void check_maa(const SecurityAttestation& attestation, AttestationMode mode,
               diag::Diagnostics& out) {
  const auto& at = attestation.place.at;
  if (mode == AttestationMode::maa) {
    if (!attestation.url) out.error(at, "security.attestation: 'mode: maa' needs 'url'");
    if (tolerates(attestation, Tolerance::maa_managed_tcb) == false)
      out.warning(at,
                  "security.attestation: 'mode: maa' needs 'maa-managed-tcb' in 'tolerate'; "
                  "services will not start");
    if (!attestation.min_tcb.empty())
      out.warning(at,
                  "security.attestation: 'min_tcb' has no effect with 'mode: maa': the provider "
                  "judges the state of the platform");
    return;
  }
  if (attestation.url)
    out.warning(at, "security.attestation: 'url' has an effect with 'mode: maa' only");
  if (attestation.certificates)
    out.warning(at, "security.attestation: 'certificates' has an effect with 'mode: maa' only");
}

/// What weakens the protection (SL-301, SL-343).
void warn_weak(const Security& security, const SecurityAttestation& attestation,
               diag::Diagnostics& out) {
  const auto& at = attestation.place.at;
  const auto debug = tolerates(attestation, Tolerance::debug_mode);
  const auto& advisories = attestation.ignore_advisories;
  if (debug == true)
    out.warning(at,
                "security.attestation: 'debug-mode' lets the host read everything; never use it "
                "in production");
  else if (debug == false &&
           std::find(advisories.begin(), advisories.end(), "*") != advisories.end())
    out.warning(at, "security.attestation: ignore_advisories \"*\" ignores every known weakness");
  if (is<AttestationMode>(attestation.mode, AttestationMode::none) &&
      !attestation.one_time_password_shared_secret && !security.service_access_token)
    out.warning(at,
                "security.attestation: with 'mode: none' and without one-time password or service "
                "access token everybody who reaches the CAS gets the secrets");
  if (attestation.min_rsa_signing_key_size)
    out.warning(at,
                "security.attestation: 'min_rsa_signing_key_size' is deprecated and has no effect");
}

/// A session without services may keep fragments for others that hold placeholders themselves: only
/// the start of a service would refuse them (SL-206).
bool unused(const Checked& checked, const yaml::Value& value) {
  if (!checked.session.services.empty() || !holds_placeholder(value)) return false;
  checked.warning(checked.session.place,
                  "a fragment in a section of this session holds placeholders itself: a service of "
                  "this session could not start");
  return true;
}

/// A warning only: sessions that are stored have to be readable. The CAS refuses new ones.
void check_access_token(const Checked& checked, const std::string& token) {
  check_setting(checked, checked.session.place, "security.service_access_token", token);
  if (!whole_placeholder(token) && token.size() < shortest_access_token)
    checked.warning(checked.session.place,
                    fmt::format("security.service_access_token has {} characters; a CAS refuses "
                                "fewer than {}",
                                token.size(), shortest_access_token));
}

void check_settings(const Checked& checked) {
  const auto* security = std::get_if<Security>(&checked.session.security);
  if (security == nullptr) return;
  if (const auto& token = security->service_access_token) check_access_token(checked, *token);
  const auto* attestation = std::get_if<SecurityAttestation>(&security->attestation);
  if (attestation == nullptr) return;
  check_one_time_password(checked, attestation->place,
                          "security.attestation.one_time_password_shared_secret",
                          attestation->one_time_password_shared_secret);
}

}  // namespace

void check_security(const Security& security, diag::Diagnostics& out) {
  const auto* attestation = std::get_if<SecurityAttestation>(&security.attestation);
  if (attestation == nullptr) return;
  if (is<bool>(attestation->must_be_sgx_local, true) &&
      tolerates(*attestation, Tolerance::local_attestation_trust_cas_tcb) == false)
    out.error(attestation->place.at,
              "security.attestation: 'must_be_sgx_local' needs "
              "'local-attestation-trust-cas-tcb' in 'tolerate'");
  if (const auto* mode = std::get_if<AttestationMode>(&attestation->mode))
    check_maa(*attestation, *mode, out);
  warn_weak(security, *attestation, out);
}

void check_sections(const Checked& checked) {
  const Session& session = checked.session;
  const auto values = [&](Missing missing, const char* what) {
    return [&checked, missing, what](const Placeholder& placeholder) {
      check_setting(checked, checked.session.place, what, placeholder, missing);
      auto value = explicit_value(checked, placeholder);
      const bool security_section = missing == Missing::error;
      if (value && security_section && unused(checked, *value)) value.reset();
      return value;
    };
  };
  diag::Diagnostics found;
  const auto* policy = std::get_if<AccessPolicy>(&session.access_policy);
  if (policy != nullptr) check_access_policy(*policy, session, found);
  checked.out.add(found);
  // A missing secret in an access policy is skipped when the permission is evaluated (SL-204).
  if (!found.has_errors() && section_has_placeholder(session.access_policy))
    (void)resolved_access_policy(session, values(Missing::warning, "access_policy"), checked.out);
  check_settings(checked);
  const auto* security = std::get_if<Security>(&session.security);
  if (security != nullptr && !section_has_placeholder(session.security))
    check_security(*security, checked.out);
  else
    (void)resolved_security(session, values(Missing::error, "security"), checked.out);
}

}  // namespace sconectl::session
