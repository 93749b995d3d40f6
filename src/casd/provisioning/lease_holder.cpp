#include "casd/provisioning/lease_holder.hpp"

#include "sconectl/diag/error.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::casd {

using diag::Error;
using diag::ErrorKind;

LeaseHolder LeaseHolder::checked(const cas::LeaseClaim& claim, const std::string& proof,
                                 const std::function<std::string(std::string_view key)>& expected,
                                 const Leases& leases, const SessionCache& sessions) {
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
  return {std::move(session), *service, std::move(key)};
}

}  // namespace sconectl::casd
