#include "casd/provisioning/lease_holder.hpp"

#include "casd/provisioning/service_demands.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::casd {

using diag::Error;
using diag::ErrorKind;

namespace {

Error no_longer(const std::string& service, const std::string& why) {
  return {ErrorKind::refused,
          "the lease of service '" + service + "' is not good any more",
          {why + "; the service has to start again"}};
}

}  // namespace

LeaseHolder LeaseHolder::checked(const cas::LeaseClaim& claim, const std::string& proof,
                                 const std::function<std::string(std::string_view key)>& expected,
                                 LeaseScope scope, Leases& leases, const SessionCache& sessions,
                                 SecretReader& secrets) {
  const auto id = session::parse_config_id(claim.service);
  auto key = leases.key(id.session, id.service, claim.lease);
  if (id.otp || !cas::proof_matches(expected(key.view()), proof))
    throw Error(ErrorKind::refused,
                "the lease is not one that this CAS gave to service '" + claim.service + "'");
  auto session = sessions.required(id.session);
  const auto* service = session->session.find_service(id.service);
  if (service == nullptr)
    throw Error(ErrorKind::not_found,
                "session '" + id.session + "' has no service '" + id.service + "' any more");
  const auto lease = leases.find(id.session, id.service, claim.lease);
  if (!lease) throw no_longer(claim.service, "it has ended or was revoked");
  if (lease->demands != demands_digest(*session, *service, secrets))
    throw no_longer(claim.service, "the session demands other proofs now than when it was given");
  if (scope == LeaseScope::version && lease->version != session->stored.hash)
    throw no_longer(claim.service, "the session was updated since it was given");
  LeaseHolder holder(std::move(session), *service, std::move(key));
  leases.heard(holder.permission_, holder.session_->stored, id.service, *lease);
  return holder;
}

}  // namespace sconectl::casd
