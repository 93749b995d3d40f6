// `sconectl session delete` and `sconectl cas clean-up`.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/session_options.hpp"
#include "sconectl/action/session_deletion.hpp"

namespace sconectl::cli {

int session_delete_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "session delete",
                "Delete a session of the CAS: all its versions, their secrets, and what the CAS "
                "remembers of its services. It can not be undone.");
  action::SessionDeletion deletion;
  CasFlags cas_flags;
  std::string hash;
  parser.add_option("NAME", deletion.name, "Name of the session; you may update it")->required();
  parser.add_option("--hash", hash, "Only if this is its active version")->type_name("HASH");
  parser.add_flag("--force", deletion.force,
                  "Although other sessions import from it; they are named");
  cas_flags.add_to(parser);
  if (!parser.read(std::move(arguments))) return 0;
  if (!hash.empty()) deletion.hash = hash;
  deletion.cas = cas_flags.options();
  cas::ConfigFile config = config_file(invocation);
  const auto deleted = action::delete_session(invocation.system, config, deletion);
  Terminal& terminal = invocation.terminal;
  if (terminal.json) {
    terminal.document(nlohmann::json{{"schema", "sconectl/v1/session-delete"},
                                     {"name", deletion.name},
                                     {"hash", deleted.hash},
                                     {"importers", deleted.importers}});
    return 0;
  }
  terminal.data(deleted.hash);
  for (const auto& importer : deleted.importers)
    invocation.system.warn({diag::Severity::warning,
                            {},
                            fmt::format("session '{}' imported from '{}': its services get no "
                                        "configuration any more",
                                        importer, deletion.name)});
  return 0;
}

int cas_clean_up_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(
      invocation, "cas clean-up",
      "Delete a session of the CAS and all sessions below it. What you may not delete, or "
      "what others import from, stays and is named; the status is 1 then.");
  CasFlags cas_flags;
  std::string name;
  bool dry_run = false;
  parser.add_option("NAME", name, "Name of the session")->required();
  parser.add_flag("--dry-run", dry_run, "Only print what would be deleted");
  cas_flags.add_to(parser);
  if (!parser.read(std::move(arguments))) return 0;
  cas::ConfigFile config = config_file(invocation);
  const auto done = action::clean_up(invocation.system, config, name, cas_flags.options(), dry_run);
  Terminal& terminal = invocation.terminal;
  nlohmann::json left = nlohmann::json::array();
  for (const auto& [session, reason] : done.left) {
    left.push_back({{"name", session}, {"reason", reason}});
    if (!terminal.json)
      invocation.system.warn(
          {diag::Severity::warning, {}, fmt::format("'{}' stays: {}", session, reason)});
  }
  if (terminal.json)
    terminal.document(nlohmann::json{{"schema", "sconectl/v1/cas-clean-up"},
                                     {"dry_run", dry_run},
                                     {"deleted", done.deleted},
                                     {"left", left}});
  else
    for (const auto& session : done.deleted) terminal.data(session);
  return done.left.empty() ? 0 : 1;
}

}  // namespace sconectl::cli
