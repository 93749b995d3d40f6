#include "casd/routes/route.hpp"

#include <algorithm>
#include <set>

#include "casd/routes/refusal.hpp"
#include "casd/routes/response_signature.hpp"
#include "casd/routes/routes.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;
namespace path = cas::path;

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

bool is_prefix(const Route& route) {
  return route.path.ends_with('/');
}

bool matches(const Route& route, Port port, std::string_view at) {
  if (route.ports != Ports::both && (route.ports == Ports::api) != (port == Port::api))
    return false;
  if (is_prefix(route)) return at.starts_with(route.path);
  return at == route.path ||
         (at.size() == route.path.size() + 1 && at.starts_with(route.path) && at.back() == '/');
}

/// The session name below a prefix; a slash at the end does not belong to it.
std::string rest_of(const Route& route, std::string_view at) {
  if (!is_prefix(route)) return "";
  at.remove_prefix(route.path.size());
  if (at.ends_with('/')) at.remove_suffix(1);
  return std::string(at);
}

void refuse_unknown_parameters(const Route& route, const Call& call) {
  for (const auto& [name, value] : call.query) {
    if (std::find(route.parameters.begin(), route.parameters.end(), name) == route.parameters.end())
      throw Error(ErrorKind::invalid, "unknown query parameter '" + name + "'");
  }
}

/// Parses the session only if it does not say at once that the caller may.
void require_reader(CasState& state, const Call& call, const StoredSession& active) {
  const auto& key = call.caller.tls_key;
  if (key && !active.sure_reader.empty() && crypto::view(*key) == active.sure_reader) return;
  SecretReader secrets(state, call.request.may_wait);
  Authorization(secrets, call.caller)
      .require(*state.sessions.parsed(active), session::Operation::read);
}

Response run(CasState& state, const Route& route, const Call& call) {
  refuse_unknown_parameters(route, call);
  return std::visit(Overloaded{[&](const Public& rule) { return rule.function(state, call); },
                               [&](const ForReaders& rule) {
                                 auto active = state.store.active(call.session_name());
                                 if (!active) throw session_not_found(call.session_name());
                                 require_reader(state, call, *active);
                                 return rule.function(state, call, *active);
                               },
                               [&](const AsksItself& rule) {
                                 SecretReader secrets(state, call.request.may_wait);
                                 return rule.function(state, call, secrets,
                                                      Authorization(secrets, call.caller));
                               }},
                    route.access);
}

/// RA-021: in the API, and not in this CAS.
Response refuse_by_name(CasState&, const Call& call) {
  const auto& target = call.request.target;
  throw Error(ErrorKind::unsupported, call.request.method + " " +
                                          target.substr(0, target.find('?')) +
                                          " is not built into this CAS");
}

/// RA-017: with the methods that there are.
Response method_not_allowed(const std::set<std::string_view>& allowed) {
  std::string list;
  for (const auto method : allowed) list += (list.empty() ? "" : ", ") + std::string(method);
  auto response = refusal(405, "the method is not allowed here; allowed: " + list);
  response.headers.emplace_back("Allow", list);
  return response;
}

}  // namespace

std::span<const Route> routes() {
  static const std::vector<Route> table = {
      // Sessions (RA-025 ... RA-034)
      {Ports::api, "POST", path::session, AsksItself{upload_session}},
      {Ports::api, "POST", path::sessions, AsksItself{upload_session}},
      {Ports::api, "PUT", path::encrypted_sessions, AsksItself{upload_encrypted_session}},
      {Ports::api, "POST", path::encrypted_sessions, AsksItself{upload_encrypted_session}},
      {Ports::api, "POST", path::session_checks, AsksItself{check_session}},
      {Ports::api,
       "GET",
       path::sessions,
       AsksItself{list_sessions},
       {"namespace", "limit", "after"}},
      {Ports::api, "GET", path::one_session, ForReaders{read_session}, {"hash", "verbatim"}},
      {Ports::api, "GET", path::session_yaml, ForReaders{read_session_yaml}},
      {Ports::api, "GET", path::session_hashes, AsksItself{read_session_hash}},
      {Ports::api, "GET", path::session_history, ForReaders{read_history}},
      // Public values (RA-048 ... RA-058)
      {Ports::api, "GET", path::values, Public{read_values}},
      // Identity, attestation, health (RA-060 ... RA-065)
      {Ports::both, "GET", path::version, Public{read_version}},
      {Ports::api, "GET", path::attest, Public{attest}, {"nonce", "version"}},
      {Ports::api, "POST", path::attest, Public{attest}},
      {Ports::both, "GET", path::health, Public{read_health}},
      {Ports::both, "GET", path::health_live, Public{read_liveness}},
      {Ports::both, "GET", path::health_ready, Public{read_readiness}},
      {Ports::both, "HEAD", path::health, Public{read_health}},
      {Ports::both, "HEAD", path::health_live, Public{read_liveness}},
      {Ports::both, "HEAD", path::health_ready, Public{read_readiness}},
      // Secrets for other CASes (SL-188): the exporting session says which CAS may ask
      {Ports::api, "POST", path::exports, AsksItself{export_secret}},
      // Services (RA-083 ... RA-088): the secrets of a configuration are guarded by attestation
      {Ports::enclave, "POST", path::service_challenge, Public{make_challenge}},
      {Ports::enclave, "POST", path::service_config, Public{configure_service}},
      // A service that runs shows its lease
      {Ports::enclave, "PUT", path::service_volume_tag, Public{update_volume_tag}},
      {Ports::enclave, "PUT", path::service_fspf_tag, Public{update_fspf_tag}},
      {Ports::enclave, "POST", path::service_secrets, Public{provide_secrets}},
      {Ports::enclave, "POST", path::service_exit, Public{note_exit}},
      // The owner of a provisioned CAS (RA-067 ... RA-073): an embedded CAS has none
      {Ports::api, "POST", "/v1/provision", Public{refuse_by_name}},
      {Ports::api, "GET", "/v1/config", Public{refuse_by_name}},
      {Ports::api, "PUT", "/v1/config", Public{refuse_by_name}},
      {Ports::api, "GET", "/v1/audit_log/checkpoints", Public{refuse_by_name}},
      {Ports::api, "GET", "/v1/database_certificate", Public{refuse_by_name}},
      {Ports::api, "GET", "/v1/backups", Public{refuse_by_name}},
      {Ports::api, "POST", "/v1/backups", Public{refuse_by_name}},
      {Ports::api, "GET", "/v1/upgrades", Public{refuse_by_name}},
      {Ports::api, "POST", "/v1/upgrades", Public{refuse_by_name}},
      {Ports::api, "POST", "/v1/upgrades/start", Public{refuse_by_name}},
      {Ports::api, "POST", "/v1/snapshots", Public{refuse_by_name}},
  };
  return table;
}

Response answer(CasState& state, const Request& request) {
  auto target = parse_target(request.target);
  // `/v1/sessions/` is the root session (RA-030); with a namespace it is the list (RA-032).
  if (target.path == path::one_session && target.query.contains("namespace"))
    target.path = path::sessions;
  std::set<std::string_view> allowed;
  const Route* found = nullptr;
  for (const auto& route : routes()) {
    if (!matches(route, request.port, target.path)) continue;
    allowed.insert(route.method);
    // The longest path wins: `/v1/sessions/` before `/v1/sessions`.
    if (route.method == request.method &&
        (found == nullptr || route.path.size() > found->path.size()))
      found = &route;
  }
  if (allowed.empty())
    throw Error(ErrorKind::not_found, "there is nothing at this path",
                {"the REST API is described in the CAS documentation"});
  if (found == nullptr) return method_not_allowed(allowed);
  // What is public is answered whatever certificate is presented (RA-052).
  const bool anonymous = std::holds_alternative<Public>(found->access);
  auto sign = target.query.extract("sign");
  const Call call{request, rest_of(*found, target.path), std::move(target.query),
                  anonymous ? session::Caller{} : caller_of(request.peer)};
  auto response = run(state, *found, call);
  if (sign) sign_response(state.store, state.identity, sign.mapped(), request.target, response);
  if (request.method == "HEAD") response.body.clear();
  return response;
}

}  // namespace sconectl::casd
