#include "sconectl/mesh/sessions.hpp"

#include <fmt/core.h>

#include "mesh/service_session.hpp"
#include "mesh/template_sessions.hpp"
#include "sconectl/session/check.hpp"

namespace sconectl::mesh {
namespace {

session::Session namespace_session(const Application& application) {
  session::Session result;
  result.name = application.name_space;
  return result;
}

session::Session secrets_session(const Application& application) {
  session::Session result;
  result.name = application.secrets_session();
  for (const SharedSecret& shared : application.secrets) result.secrets.push_back(shared.secret);
  return result;
}

/// The creator of a signed session is its signer, who can not read it (SL-267): the user does, with
/// the TLS identity.
void set_reader(session::Session& session, const Options& options) {
  auto* policy = std::get_if<session::AccessPolicy>(&session.access_policy);
  if (!options.signed_sessions || policy == nullptr || options.creator_key_hash.empty()) return;
  policy->read = {{session::KeyHashEntry{options.creator_key_hash}, {}}};
}

/// As a template says it that says nothing about reading.
bool is_read_by_creator(const session::Session& session) {
  const auto* policy = std::get_if<session::AccessPolicy>(&session.access_policy);
  return policy != nullptr && policy->read == session::AccessPolicy{}.read;
}

/// Judges a derived session like one of a user. Its warnings are about text that no user wrote.
void check_derived(const session::Session& session, const diag::Location& at,
                   diag::Diagnostics& out) {
  diag::Diagnostics faults;
  session::check(session, faults);
  for (const diag::Diagnostic& fault : faults.all()) {
    if (fault.severity == diag::Severity::error)
      out.error(fault.location.source ? fault.location : at,
                fmt::format("session '{}': {}", session.name, fault.text));
  }
}

}  // namespace

std::vector<session::Session> sessions(const Application& application, const Options& options,
                                       diag::Diagnostics& out) {
  std::vector<session::Session> result;
  const auto add = [&](session::Session session, const diag::Location& at) {
    set_reader(session, options);
    check_derived(session, at, out);
    result.push_back(std::move(session));
  };
  add(namespace_session(application), application.mesh->at);
  if (!application.secrets.empty()) add(secrets_session(application), application.mesh->at);
  SecretKinds kinds;
  for (const SharedSecret& shared : application.secrets)
    kinds[shared.secret.name] = shared.secret.kind();
  for (const ServiceInstance& service : application.services) {
    if (service.facts.own) {
      add(service_session(service, application, kinds), service.at());
      continue;
    }
    for (session::Session& session : template_sessions(service, application, options, out)) {
      if (is_read_by_creator(session)) set_reader(session, options);
      result.push_back(std::move(session));
    }
  }
  return result;
}

}  // namespace sconectl::mesh
