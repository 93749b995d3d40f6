#include "casd/routes/route.hpp"

#include <algorithm>
#include <set>

#include "casd/routes/enforcement.hpp"
#include "casd/routes/refusal.hpp"
#include "casd/routes/response_signature.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;
namespace path = cas::path;

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

/// CC-054: what the CAS says about itself, and what is for its owner.
bool answers_unprovisioned(const Route& route) {
  if (route.ports == Ports::enclave) return false;
  return std::holds_alternative<Public>(route.rule) ||
         std::holds_alternative<ForProvisioner>(route.rule) ||
         std::holds_alternative<ForOwner>(route.rule);
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

std::vector<CasMetrics::RouteLabels> route_labels() {
  std::vector<CasMetrics::RouteLabels> labels = {{"none", "none"}};
  for (const auto& route : routes())
    labels.push_back({route.method, std::string(route.path) + (is_prefix(route) ? "*" : "")});
  return labels;
}

std::optional<Response> answer(CasState& state, const Request& request, Waiting waiting,
                               Outcome& outcome) {
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
  outcome.route = 1 + static_cast<std::size_t>(found - routes().data());
  std::optional<Authority> signer;
  if (const auto sign = target.query.extract("sign")) signer = parse_signer(sign.mapped());
  const Call call{request.method, request.target, request.body, rest_of(*found, target.path),
                  std::move(target.query)};
  refuse_unknown_parameters(*found, call);
  state.follow_others();
  if (!answers_unprovisioned(*found) && !state.ownership.serves()) {
    outcome.refusal = Refusal::not_provisioned;
    throw not_provisioned();
  }
  auto response = enforce(found->rule, state, call, request, waiting, outcome.refusal);
  if (!response && waiting == Waiting::allowed)
    throw Error(ErrorKind::failed, "a request was not answered");
  if (!response) return std::nullopt;
  if (signer) sign_response(state.store, state.identity, *signer, request.target, *response);
  return response;
}

}  // namespace sconectl::casd
