#include "casd/provisioning/service_demands.hpp"

#include <algorithm>
#include <iterator>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/hash.hpp"

namespace sconectl::casd {

using diag::Error;
using diag::ErrorKind;

session::Security resolved_security(const LoadedSession& session, SecretReader& secrets) {
  diag::Diagnostics faults;
  auto security = session::resolved_security(
      session.session,
      [&](const session::Placeholder& placeholder) -> std::optional<yaml::Value> {
        return secrets.node(session, placeholder);
      },
      faults);
  faults.throw_if_errors();
  if (!security) throw Error(ErrorKind::failed, "the security section is not resolved");
  return std::move(*security);
}

crypto::Secret resolved_setting(const LoadedSession& session, const std::string& text,
                                SecretReader& secrets) {
  const auto placeholder = session::whole_placeholder(text);
  return placeholder ? secrets.text(session, *placeholder) : crypto::Secret(text);
}

attest::Demands evidence_demands(const LoadedSession& session, const session::Service& service,
                                 const session::SecurityAttestation& attestation,
                                 SecretReader& secrets) {
  const auto values = [&](const session::Placeholder& placeholder) -> std::optional<yaml::Value> {
    return secrets.node(session, placeholder);
  };
  diag::Diagnostics faults;
  auto result = attest::demands_of(attestation);
  result.variants = session::resolved_attestation(service, values, faults);
  result.platforms = session::resolved_platforms(service, values, faults);
  faults.throw_if_errors();
  return result;
}

std::string demands_digest(const LoadedSession& session, const session::Service& service,
                           SecretReader& secrets) {
  auto security = resolved_security(session, secrets);
  auto* attestation = std::get_if<session::SecurityAttestation>(&security.attestation);
  if (attestation == nullptr)
    throw Error(ErrorKind::failed, "the security section of the session is not resolved");
  session::Service proving;
  proving.name = service.name;
  // With `none` nobody has looked at what these stand for (SL-304).
  if (!session::is(attestation->mode, session::AttestationMode::none)) {
    auto demanded = evidence_demands(session, service, *attestation, secrets);
    std::move(demanded.variants.begin(), demanded.variants.end(),
              std::back_inserter(proving.attestation));
    proving.platforms = std::move(demanded.platforms);
  }
  proving.one_time_password_shared_secret = service.one_time_password_shared_secret;
  // The secrets themselves stay out of it.
  for (auto* setting :
       {&security.service_access_token, &attestation->one_time_password_shared_secret,
        &proving.one_time_password_shared_secret})
    if (*setting)
      *setting = crypto::hex(
          crypto::view(crypto::sha256(resolved_setting(session, **setting, secrets).view())));
  session::Session demands;
  demands.name = session.session.name;
  demands.security = std::move(security);
  demands.services.push_back(std::move(proving));
  return session::hash(demands);
}

}  // namespace sconectl::casd
