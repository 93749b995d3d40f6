#include "sconectl/action/session_upload.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <sstream>

#include "sconectl/cas/seal.hpp"
#include "sconectl/cas/upload.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/session/write.hpp"

namespace sconectl::action {
namespace {

std::string send(System& system, const LoadedSession& loaded, Connection& connection) {
  cas::Sealed sealed;
  if (loaded.encrypted_session) {
    const cas::SessionAccepted accepted = connection.client.create_session(loaded.text);
    return accepted.hash;  // CL-082: there is nothing to compare it with
  }
  if (loaded.signed_session) {
    sealed = {cas::Form::signed_json, loaded.text, *loaded.session, session::hash(*loaded.session)};
  } else {
    sealed = cas::plain(*loaded.session);
  }
  const cas::SessionAccepted accepted = connection.client.create_session(sealed.body);
  cas::check_accepted(accepted, sealed, connection.client.peer().identity);
  for (const std::string& warning : accepted.warnings)
    system.warn({diag::Severity::warning, {}, warning});
  return accepted.hash;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) result.push_back(line);
  return result;
}

/// The lines that only one of the two sessions has; values of secrets are not shown.
std::vector<std::string> differences(const std::string& local, const std::string& stored) {
  const auto ours = lines(local);
  const auto theirs = lines(stored);
  const auto shown = [](const char* sign, const std::string& line) {
    const auto value = line.find("value:");
    return sign + (value == std::string::npos ? line : line.substr(0, value + 6) + " (not shown)");
  };
  std::vector<std::string> result;
  for (const std::string& line : ours)
    if (std::find(theirs.begin(), theirs.end(), line) == theirs.end())
      result.push_back(shown("+ ", line));
  for (const std::string& line : theirs)
    if (std::find(ours.begin(), ours.end(), line) == ours.end())
      result.push_back(shown("- ", line));
  return result;
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
  return send(system, loaded, connection);
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
  return send(system, loaded, connection);
}

std::string verify_session(System& system, cas::ConfigFile& config, const SessionInput& input,
                           const CasOptions& options) {
  const LoadedSession loaded = load_session(system, input);
  session::Session local = readable_session(loaded);
  Connection connection = connect(system, config, options);
  const cas::SessionText stored = connection.client.read_session(local.name);
  const session::Session active = session::parse_text(local.name, stored.session);
  if (!local.predecessor) local.predecessor = active.predecessor;
  if (!local.creator) local.creator = active.creator;
  if (session::hash(local) != stored.hash) {
    throw diag::Error(
        diag::ErrorKind::failed,
        fmt::format("session '{}' of the CAS differs from '{}'", local.name, input.file),
        differences(session::text(local), session::text(active)));
  }
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

}  // namespace sconectl::action
