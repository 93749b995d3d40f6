// The end of a session (RA-091).
#include <fmt/format.h>

#include <mutex>

#include "casd/routes/handlers.hpp"
#include "casd/sessions/importers.hpp"
#include "sconectl/cas/wire_leases.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::size_t most_named = 20;

bool is_forced(const Call& call) {
  const auto force = call.parameter("force");
  if (!force || *force == "false") return false;
  if (*force == "true") return true;
  throw Error(ErrorKind::invalid, "the query parameter 'force' is true or false");
}

/// One at a time: it looks at all sessions, and anybody has one that he may delete.
std::vector<std::string> session_importers(CasState& state, const std::string& name) {
  static std::mutex looking;
  const std::unique_lock turn(looking, std::try_to_lock);
  if (!turn)
    throw Error(ErrorKind::too_many, "another session is being deleted; try again in a moment");
  return importers_of(state.store, state.sessions, name);
}

Error imported(const std::string& name, std::vector<std::string> importers) {
  const auto count = importers.size();
  if (count > most_named) importers.resize(most_named);
  return {ErrorKind::conflict,
          fmt::format("{} sessions import from '{}' and would miss that: {}{}", count, name,
                      fmt::join(importers, ", "), count > most_named ? ", ..." : "")};
}

}  // namespace

Response delete_session(RequestContext& context, const OwnedSession& owned) {
  CasState& state = context.state;
  const auto& version = owned.session().stored;
  const auto wanted = context.call.hash_parameter("hash");
  const Error replaced(ErrorKind::conflict,
                       "session '" + version.name + "' has another version now");
  if (wanted && *wanted != version.hash) throw replaced;
  auto importers = session_importers(state, version.name);
  if (!is_forced(context.call) && !importers.empty())
    throw imported(version.name, std::move(importers));
  AuditEvent event("session_deleted");
  event.about(version).with("identity", context.identity).with("source", context.source);
  if (!state.store.remove(owned.write_permission(), version.hash, state.audit.notes(event)))
    throw replaced;
  state.denials.forget(version.name);
  log_event(*state.log, Severity::info, "session deleted", {{"session", version.name}});
  return json_response(200, cas::encode(cas::SessionDeleted{version.hash, std::move(importers)}));
}

}  // namespace sconectl::casd
