#include "sconectl/action/session_upload.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/cas/seal.hpp"
#include "sconectl/cas/upload.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/compare.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/parse.hpp"

namespace sconectl::action {
namespace {

/// The CAS checks what we checked: of its warnings those are told that were not told before,
/// without the places, which are about the text as it was sent.
void warn_of_more(System& system, const LoadedSession& loaded,
                  const std::vector<std::string>& warnings) {
  constexpr std::string_view mark = ": warning: ";
  std::vector<std::string> told = loaded.warnings;
  for (const std::string& warning : warnings) {
    const auto at = warning.find(mark);
    const std::string text = at == std::string::npos ? warning : warning.substr(at + mark.size());
    if (std::find(told.begin(), told.end(), text) != told.end()) continue;
    system.warn({diag::Severity::warning, {}, text});
    told.push_back(text);
  }
}

std::string send(System& system, const LoadedSession& loaded, Connection& connection, bool force) {
  cas::Sealed sealed;
  if (loaded.encrypted_session) {
    const cas::SessionAccepted accepted = connection.client.create_session(loaded.text);
    return accepted.hash;  // CL-082: there is nothing to compare it with
  }
  if (!force) cas::require_extensions(connection.client, *loaded.session);
  if (loaded.signed_session) {
    sealed = {session::Form::signed_session, loaded.text, *loaded.session,
              session::hash(*loaded.session)};
  } else {
    sealed = cas::plain(*loaded.session);
  }
  const cas::SessionAccepted accepted = connection.client.create_session(sealed.body);
  cas::check_accepted(accepted, sealed, connection.client.peer().identity);
  warn_of_more(system, loaded, accepted.warnings);
  return accepted.hash;
}

/// Signed and encrypted sessions are sent without a client certificate (CL-083).
Connection connection_for(System& system, cas::ConfigFile& config, const LoadedSession& loaded,
                          const CasOptions& options) {
  const bool is_template = !loaded.signed_session && !loaded.encrypted_session;
  return connect(system, config, options, is_template);
}

}  // namespace

std::string create_session(System& system, cas::ConfigFile& config, const SessionInput& input,
                           const CasOptions& options) {
  const LoadedSession loaded = load_session(system, input);
  Connection connection = connection_for(system, config, loaded, options);
  return send(system, loaded, connection, input.force);
}

std::string update_session(System& system, cas::ConfigFile& config, const SessionInput& input,
                           const CasOptions& options) {
  LoadedSession loaded = load_session(system, input);
  Connection connection = connection_for(system, config, loaded, options);
  if (!loaded.encrypted_session && !loaded.session->predecessor) {
    if (loaded.signed_session) {
      throw diag::Error(
          diag::ErrorKind::invalid,
          "a signed session can not be given a predecessor: set 'predecessor' and sign "
          "it again");
    }
    loaded.session->predecessor = connection.client.session_hash(loaded.session->name).hash;
  }
  return send(system, loaded, connection, input.force);
}

std::string verify_session(System& system, cas::ConfigFile& config, const SessionInput& input,
                           const CasOptions& options) {
  const LoadedSession loaded = load_session(system, input);
  const session::Session local = readable_session(loaded);
  Connection connection = connect(system, config, options);
  const cas::SessionText stored = connection.client.read_session(local.name);
  const session::Session active = session::parse_stored(local.name, stored.session);
  const session::Aside aside{.predecessor = !local.predecessor, .creator = !local.creator};
  if (!session::same_meaning(local, active, aside))
    throw diag::Error(
        diag::ErrorKind::failed,
        fmt::format("session '{}' of the CAS differs from '{}'", local.name, input.file),
        session::differences(local, active, aside));
  return stored.hash;
}

std::string read_session(System& system, cas::ConfigFile& config, const std::string& name,
                         const std::optional<std::string>& hash, const CasOptions& options) {
  return connect(system, config, options).client.read_session(name, hash).session;
}

std::vector<std::string> list_sessions(System& system, cas::ConfigFile& config,
                                       const std::string& name_space, const CasOptions& options) {
  return connect(system, config, options).client.list(name_space).sessions;
}

std::vector<cas::LeaseInfo> list_leases(System& system, cas::ConfigFile& config,
                                        const std::string& name, const CasOptions& options) {
  return connect(system, config, options).client.leases(name).leases;
}

cas::ReleaseList list_releases(System& system, cas::ConfigFile& config, const std::string& name,
                               const CasOptions& options) {
  return connect(system, config, options).client.releases(name);
}

std::size_t revoke_leases(System& system, cas::ConfigFile& config, const std::string& name,
                          const LeaseChoice& choice, const CasOptions& options) {
  return connect(system, config, options)
      .client.revoke_leases(name, choice.service, choice.lease)
      .revoked;
}

}  // namespace sconectl::action
