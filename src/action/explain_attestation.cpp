#include "sconectl/action/explain_attestation.hpp"

#include <fmt/core.h>

#include "sconectl/collateral/bundle.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/diag/suggest.hpp"
#include "sconectl/session/resolve.hpp"

namespace sconectl::action {
namespace {

using diag::Error;
using diag::ErrorKind;
using session::AttestationMode;

const session::Service& service_named(const session::Session& session, const std::string& name) {
  if (const auto* service = session.find_service(name)) return *service;
  std::vector<std::string> names;
  for (const auto& service : session.services) names.push_back(service.name);
  throw Error(ErrorKind::not_found, fmt::format("session '{}' has no service '{}'{}", session.name,
                                                name, diag::did_you_mean(name, names)));
}

/// Only a CAS knows the values of secrets.
session::SecurityAttestation attestation_of(const session::Session& session,
                                            diag::Diagnostics& faults) {
  const auto security = session::resolved_security(
      session, [](const session::Placeholder&) { return std::nullopt; }, faults);
  faults.throw_if_errors();
  const auto* attestation =
      security ? std::get_if<session::SecurityAttestation>(&security->attestation) : nullptr;
  if (attestation == nullptr)
    throw Error(ErrorKind::invalid,
                "the attestation section stands in a secret, whose value only the CAS knows");
  return *attestation;
}

struct Judge {
  System& system;
  const AttestationQuestion& question;
  const attest::Demands& demands;

  std::vector<attest::Objection> operator()(const attest::Quote& quote) const {
    if (demands.attester) {
      (void)attest::verify(quote, attest::Collateral{}, question.options);
      return attest::unmet(quote, demands);
    }
    const auto verdict = attest::verify(
        quote, collateral::read_bundle(system.files, question.collateral), question.options);
    return attest::unmet(quote, verdict, demands);
  }
  std::vector<attest::Objection> operator()(const attest::SnpReport& report) const {
    const auto verdict = attest::verify_snp(
        report, collateral::read_snp_bundle(system.files, question.collateral), demands.min_tcb,
        {.at = question.options.at,
         .test_root = question.options.test_root,
         .require_crl = demands.require_crl.value_or(true)});
    return attest::unmet(report, verdict, demands);
  }
};

}  // namespace

AttestationAnswer explain_attestation(System& system, const session::Session& session,
                                      const AttestationQuestion& question) {
  const auto& service = service_named(session, question.service);
  diag::Diagnostics faults;
  const auto attestation = attestation_of(session, faults);
  if (session::is(attestation.mode, AttestationMode::none)) return {.looks_at_evidence = false};
  const auto unknown = [](const session::Placeholder&) { return std::nullopt; };
  auto demands = attest::demands_of(attestation);
  demands.variants = session::resolved_attestation(service, unknown, faults);
  demands.platforms = session::resolved_platforms(service, unknown, faults);
  faults.throw_if_errors();
  const auto evidence = read_evidence(system.files, question.evidence);
  AttestationAnswer answer;
  answer.objections = std::visit(Judge{system, question, demands}, evidence);
  if (demands.attester) answer.attester = demands.attester->url;
  return answer;
}

}  // namespace sconectl::action
