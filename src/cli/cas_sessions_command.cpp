// `sconectl cas sessions`.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/session_options.hpp"
#include "sconectl/action/cas_sessions.hpp"

namespace sconectl::cli {

namespace {

std::string why_not_listed(const action::SessionEntry& entry) {
  if (entry.locked)
    return fmt::format("'{}' lies in a sealed namespace that is locked: nothing of it is shown",
                       entry.name);
  return fmt::format("what is below '{}' is not shown to us", entry.name);
}

}  // namespace

int cas_sessions_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas sessions",
                "Print a session and all below it, as far as we may list them: hash of the active "
                "version ('-' if we may not have it) and name, parents first.");
  std::string name_space = "/";
  parser.add_option("NAME", name_space,
                    "Its name (default: /, all of the CAS, for who may list that)");
  CasFlags flags;
  flags.add_to(parser);
  if (!parser.read(std::move(arguments))) return 0;
  cas::ConfigFile config = config_file(invocation);
  const auto entries = action::cas_sessions(invocation.system, config, name_space, flags.options());
  nlohmann::json list = nlohmann::json::array();
  for (const auto& entry : entries) {
    list.push_back({{"name", entry.name},
                    {"hash", entry.hash ? nlohmann::json(*entry.hash) : nlohmann::json()},
                    {"lists_more", entry.lists_more},
                    {"locked", entry.locked}});
    if (invocation.terminal.json) continue;
    invocation.terminal.data(fmt::format("{} {}", entry.hash.value_or("-"), entry.name));
    if (!entry.lists_more)
      invocation.system.warn({diag::Severity::warning, {}, why_not_listed(entry)});
  }
  if (invocation.terminal.json)
    invocation.terminal.document(
        nlohmann::json{{"schema", "sconectl/v1/cas-sessions"}, {"sessions", list}});
  return 0;
}

}  // namespace sconectl::cli
