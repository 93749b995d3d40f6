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
  result.push_back(namespace_session(application));
  check_derived(result.back(), application.mesh->at, out);
  if (!application.secrets.empty()) {
    result.push_back(secrets_session(application));
    check_derived(result.back(), application.mesh->at, out);
  }
  SecretKinds kinds;
  for (const SharedSecret& shared : application.secrets)
    kinds[shared.secret.name] = shared.secret.kind();
  for (const ServiceInstance& service : application.services) {
    if (!service.facts.own) {
      for (session::Session& session : template_sessions(service, application, options, out))
        result.push_back(std::move(session));
      continue;
    }
    result.push_back(service_session(service, application, kinds));
    check_derived(result.back(), service.at(), out);
  }
  return result;
}

}  // namespace sconectl::mesh
