// `sconectl cas namespace keygen | seal | unlock | lock | unseal | status`.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/session_options.hpp"
#include "sconectl/action/namespace_seal.hpp"

namespace sconectl::cli {

namespace {

std::string state_word(const cas::NamespaceStatus& status) {
  if (status.name.empty()) return "not sealed";
  return status.locked ? "sealed, locked" : "sealed, unlocked";
}

/// Of commands about one namespace.
struct NamespaceFlags {
  std::string name;
  std::string key_file;
  CasFlags cas;

  void add_to(CLI::App& parser, const char* key_help = nullptr) {
    parser.add_option("NAME", name, "Session that is the namespace")->required();
    if (key_help != nullptr)
      parser.add_option("--key", key_file, key_help)->required()->type_name("FILE");
    cas.add_to(parser);
  }
};

int tell_namespace(Invocation& invocation, const cas::NamespaceStatus& status,
                   const std::string& asked) {
  Terminal& terminal = invocation.terminal;
  const auto& name = status.name.empty() ? asked : status.name;
  if (terminal.json) {
    terminal.document(nlohmann::json{{"schema", "sconectl/v1/cas-namespace"},
                                     {"namespace", name},
                                     {"sealed", !status.name.empty()},
                                     {"locked", status.locked},
                                     {"warnings", status.warnings}});
    return 0;
  }
  for (const auto& warning : status.warnings) terminal.tell("note: " + warning);
  terminal.data(fmt::format("{}: {}", name, state_word(status)));
  return 0;
}

using WithKey = cas::NamespaceStatus (*)(action::System&, cas::ConfigFile&, const std::string&,
                                         const std::filesystem::path&, const action::CasOptions&);
using WithoutKey = cas::NamespaceStatus (*)(action::System&, cas::ConfigFile&, const std::string&,
                                            const action::CasOptions&);

/// What a command about one namespace says of itself.
struct NamespaceCommand {
  const char* name;
  const char* help;
  const char* key_help = nullptr;
};

int run_with_key(Invocation& invocation, std::vector<std::string> arguments,
                 const NamespaceCommand& command, WithKey act) {
  Parser parser(invocation, command.name, command.help);
  NamespaceFlags flags;
  flags.add_to(parser, command.key_help);
  parser.examples({fmt::format("sconectl {} team --key team.key", command.name)});
  if (!parser.read(std::move(arguments))) return 0;
  cas::ConfigFile config = config_file(invocation);
  const auto status =
      act(invocation.system, config, flags.name, flags.key_file, flags.cas.options());
  return tell_namespace(invocation, status, flags.name);
}

int run_without_key(Invocation& invocation, std::vector<std::string> arguments,
                    const NamespaceCommand& command, WithoutKey act) {
  Parser parser(invocation, command.name, command.help);
  NamespaceFlags flags;
  flags.add_to(parser);
  if (!parser.read(std::move(arguments))) return 0;
  cas::ConfigFile config = config_file(invocation);
  const auto status = act(invocation.system, config, flags.name, flags.cas.options());
  return tell_namespace(invocation, status, flags.name);
}

}  // namespace

int cas_namespace_keygen_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas namespace keygen",
                "Make a key for a namespace of a CAS. Whoever loses it loses what is sealed with "
                "it: keep copies where the operator of the CAS has none.");
  std::string out;
  parser.add_option("--out", out, "New file for the key")->required()->type_name("FILE");
  if (!parser.read(std::move(arguments))) return 0;
  action::make_namespace_key(invocation.system, out);
  if (invocation.terminal.json)
    invocation.terminal.document(
        nlohmann::json{{"schema", "sconectl/v1/cas-namespace-keygen"}, {"key_file", out}});
  else
    invocation.terminal.data(out);
  return 0;
}

int cas_namespace_seal_command(Invocation& invocation, std::vector<std::string> arguments) {
  return run_with_key(
      invocation, std::move(arguments),
      {"cas namespace seal",
       "Seal a session and all below it with a key of yours: who has the database of the CAS and "
       "its key can not read them then. After each start of the CAS nothing there is served until "
       "the namespace is unlocked. Sealed already, it gets this key.",
       "Key that 'cas namespace keygen' made"},
      action::seal_namespace);
}

int cas_namespace_unlock_command(Invocation& invocation, std::vector<std::string> arguments) {
  return run_with_key(invocation, std::move(arguments),
                      {"cas namespace unlock",
                       "Give a CAS the key of a sealed namespace. It has it in its memory alone, "
                       "until it ends or the namespace is locked.",
                       "The key that it was sealed with"},
                      action::unlock_namespace);
}

int cas_namespace_lock_command(Invocation& invocation, std::vector<std::string> arguments) {
  return run_without_key(
      invocation, std::move(arguments),
      {"cas namespace lock",
       "Let a CAS forget the key of a sealed namespace: nothing there is served then."},
      action::lock_namespace);
}

int cas_namespace_unseal_command(Invocation& invocation, std::vector<std::string> arguments) {
  return run_without_key(invocation, std::move(arguments),
                         {"cas namespace unseal",
                          "Take the seal from a namespace that is unlocked: the key of the "
                          "database opens it again."},
                         action::unseal_namespace);
}

int cas_namespace_status_command(Invocation& invocation, std::vector<std::string> arguments) {
  return run_without_key(invocation, std::move(arguments),
                         {"cas namespace status",
                          "Print whether a session is or lies in a sealed namespace, and whether "
                          "that is locked now. Everybody may know."},
                         action::namespace_status);
}

}  // namespace sconectl::cli
