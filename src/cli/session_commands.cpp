// `sconectl session check | create | update | verify | read | list`.
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/session_options.hpp"
#include "sconectl/action/session_upload.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/write.hpp"

namespace sconectl::cli {
namespace {

void print_hash(Terminal& terminal, const std::string& hash) {
  if (terminal.json) {
    terminal.document(nlohmann::json{{"schema", "sconectl/v1/session-hash"}, {"hash", hash}});
  } else {
    terminal.data(hash);
  }
}

/// The verbs that take a file and print the hash of a version in the CAS.
template <typename Act>
int hash_verb(Invocation& invocation, std::vector<std::string> arguments, std::string_view words,
              std::string_view purpose, const Act& act) {
  Parser parser(invocation, words, purpose);
  SessionFlags flags;
  CasFlags cas_flags;
  bool force = false;
  flags.add_to(parser);
  cas_flags.add_to(parser);
  if (words != "session verify")
    parser.add_flag("--force", force,
                    "Upload to a CAS that does not announce an extension which the session uses");
  if (!parser.read(std::move(arguments))) return 0;
  cas::ConfigFile config = config_file(invocation);
  action::SessionInput input = flags.input();
  input.force = force;
  print_hash(invocation.terminal, act(invocation.system, config, input, cas_flags.options()));
  return 0;
}

/// Scripts test for 2 where a session does not exist (docs/commands.md).
constexpr int no_such_session = 2;

}  // namespace

int session_check_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "session check", "Check a session and print it.");
  SessionFlags flags;
  flags.add_to(parser);
  if (!parser.read(std::move(arguments))) return 0;
  const auto loaded = action::load_session(invocation.system, flags.input());
  if (invocation.terminal.json) {
    invocation.terminal.document(nlohmann::json{
        {"schema", "sconectl/v1/session"},
        {"session", loaded.signed_session ? loaded.signed_session->session
                                          : session::text(action::readable_session(loaded))}});
  } else {
    invocation.terminal.data(
        loaded.signed_session ? loaded.text : session::text(action::readable_session(loaded)));
  }
  return 0;
}

int session_create_command(Invocation& invocation, std::vector<std::string> arguments) {
  return hash_verb(invocation, std::move(arguments), "session create",
                   "Upload a session; an update if it names its predecessor.",
                   action::create_session);
}

int session_update_command(Invocation& invocation, std::vector<std::string> arguments) {
  return hash_verb(invocation, std::move(arguments), "session update",
                   "Update a session; a missing predecessor is filled in.", action::update_session);
}

int session_verify_command(Invocation& invocation, std::vector<std::string> arguments) {
  return hash_verb(invocation, std::move(arguments), "session verify",
                   "Compare a session with the one that the CAS has.", action::verify_session);
}

int session_read_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "session read",
                "Print a session of the CAS, without generated values.");
  CasFlags cas_flags;
  std::string name;
  std::string hash;
  parser.add_option("NAME", name, "Name of the session")->required();
  parser.add_option("--session-hash", hash, "This version")->type_name("HASH");
  cas_flags.add_to(parser);
  if (!parser.read(std::move(arguments))) return 0;
  cas::ConfigFile config = config_file(invocation);
  try {
    const std::string text = action::read_session(invocation.system, config, name,
                                                  hash.empty() ? std::nullopt : std::optional(hash),
                                                  cas_flags.options());
    if (invocation.terminal.json) {
      invocation.terminal.document(
          nlohmann::json{{"schema", "sconectl/v1/session"}, {"session", text}});
    } else {
      invocation.terminal.data(text);
    }
    return 0;
  } catch (const diag::Error& error) {
    if (error.kind() != diag::ErrorKind::not_found) throw;
    invocation.terminal.error(error);
    return no_such_session;
  }
}

int session_list_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "session list", "Print the sessions of a namespace.");
  CasFlags cas_flags;
  std::string path;
  parser.add_option("PATH", path, "Namespace; '/' is the root")->required();
  cas_flags.add_to(parser);
  if (!parser.read(std::move(arguments))) return 0;
  cas::ConfigFile config = config_file(invocation);
  try {
    const auto names = action::list_sessions(invocation.system, config, path, cas_flags.options());
    if (invocation.terminal.json) {
      invocation.terminal.document(
          nlohmann::json{{"schema", "sconectl/v1/session-list"}, {"sessions", names}});
    } else {
      for (const std::string& name : names) invocation.terminal.data(name);
    }
    return 0;
  } catch (const diag::Error& error) {
    if (error.kind() != diag::ErrorKind::not_found) throw;
    invocation.terminal.error(error);
    return no_such_session;
  }
}

}  // namespace sconectl::cli
