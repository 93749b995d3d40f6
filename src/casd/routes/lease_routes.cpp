// The leases of a session's services, for its owner (RA-089).
#include "casd/routes/handlers.hpp"
#include "sconectl/cas/wire_leases.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/time.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

std::string time_text(std::int64_t seconds) {
  return text::rfc3339(crypto::Time(std::chrono::seconds(seconds)));
}

std::optional<std::string> wanted_lease(const Call& call) {
  const auto text = call.parameter("lease");
  if (!text) return std::nullopt;
  auto id = crypto::unhex(*text);
  if (!id || id->size() != cas::lease_id_bytes)
    throw Error(ErrorKind::invalid, "the query parameter 'lease' is not 32 hex digits");
  return id;
}

AuditEvent revocation(const RequestContext& context, const OwnedSession& owned,
                      const session::Service& service) {
  AuditEvent event("leases_revoked");
  event.about(owned.session().stored)
      .with("service", service.name)
      .with("lease", context.call.parameter("lease").value_or("all"))
      .with("identity", context.identity)
      .with("source", context.source);
  return event;
}

}  // namespace

Response list_leases(RequestContext& context, const OwnedSession& owned) {
  const auto& leases = context.state.leases;
  const auto& session = owned.session().session;
  cas::LeaseList reply;
  for (const auto& service : session.services)
    for (const auto& lease : leases.all(session.name, service.name))
      reply.leases.push_back({crypto::hex(lease.id), service.name, lease.version, lease.source,
                              time_text(lease.granted), time_text(leases.expiry(lease))});
  return json_response(200, cas::encode(reply));
}

/// Of all services, unless one is named. A lease that is not there any more is none to be revoked:
/// two owners who do the same are not told different things.
Response revoke_leases(RequestContext& context, const OwnedSession& owned) {
  const auto& session = owned.session().session;
  const auto only = context.call.parameter("service");
  const auto id = wanted_lease(context.call);
  if (only && session.find_service(*only) == nullptr)
    throw Error(ErrorKind::not_found,
                "session '" + session.name + "' has no service '" + *only + "'");
  cas::LeasesRevoked reply;
  for (const auto& service : session.services)
    if (!only || *only == service.name)
      reply.revoked += context.state.leases.end(
          owned.state_permission(), owned.session().stored, service.name, id,
          context.state.audit.notes(revocation(context, owned, service)));
  log_event(*context.state.log, Severity::info, "leases revoked",
            {{"session", session.name},
             {"service", only.value_or("")},
             {"count", std::to_string(reply.revoked)}});
  return json_response(200, cas::encode(reply));
}

}  // namespace sconectl::casd
