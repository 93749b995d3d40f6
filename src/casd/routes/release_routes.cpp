// What of a session was given to which service, for its owner.
#include "casd/routes/handlers.hpp"
#include "sconectl/cas/wire_releases.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/time.hpp"

namespace sconectl::casd {

Response list_releases(RequestContext& context, const OwnedSession& owned) {
  const auto& releases = context.state.releases;
  if (!releases.kept())
    throw diag::Error(diag::ErrorKind::unsupported,
                      "this CAS keeps no receipts; its operator starts it with --receipts");
  const auto found = releases.of(owned.session().session.name);
  cas::ReleaseList reply;
  reply.total = static_cast<std::uint64_t>(found.total);
  for (const auto& release : found.releases)
    reply.releases.push_back({text::rfc3339(crypto::Time(std::chrono::seconds(release.time))),
                              release.service,
                              release.version,
                              release.source,
                              {release.secrets.begin(), release.secrets.end()}});
  return json_response(200, cas::encode(reply));
}

}  // namespace sconectl::casd
