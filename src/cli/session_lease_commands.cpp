// `sconectl session list-leases | revoke-leases | list-releases`.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/session_options.hpp"
#include "sconectl/action/session_upload.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cli {
namespace {

/// An empty variable of a script does not mean "all".
std::optional<std::string> named(const char* option, std::optional<std::string> text) {
  if (text && text->empty())
    throw diag::Error(diag::ErrorKind::usage, fmt::format("{} is empty", option));
  return text;
}

}  // namespace

int session_list_leases_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "session list-leases",
                "Print the leases with which services of a session may come back: id, service, "
                "address, when it was given and when it ends.");
  CasFlags cas_flags;
  std::string name;
  parser.add_option("NAME", name, "Name of the session; you may update it")->required();
  cas_flags.add_to(parser);
  if (!parser.read(std::move(arguments))) return 0;
  cas::ConfigFile config = config_file(invocation);
  const auto leases = action::list_leases(invocation.system, config, name, cas_flags.options());
  nlohmann::json list = nlohmann::json::array();
  for (const auto& lease : leases) {
    list.push_back({{"lease", lease.lease},
                    {"service", lease.service},
                    {"version", lease.version},
                    {"source", lease.source},
                    {"granted", lease.granted},
                    {"expires", lease.expires}});
    if (!invocation.terminal.json)
      invocation.terminal.data(fmt::format("{} {} {} {} {}", lease.lease, lease.service,
                                           lease.source.empty() ? "-" : lease.source, lease.granted,
                                           lease.expires));
  }
  if (invocation.terminal.json)
    invocation.terminal.document(
        nlohmann::json{{"schema", "sconectl/v1/lease-list"}, {"leases", list}});
  return 0;
}

int session_list_releases_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "session list-releases",
                "Print which secrets of a session the CAS has given to which service, oldest "
                "first: time, service, address, version of the session, names. The CAS keeps the "
                "last 200 of a session, if its operator lets it keep receipts.");
  CasFlags cas_flags;
  std::string name;
  parser.add_option("NAME", name, "Name of the session; you may update it")->required();
  cas_flags.add_to(parser);
  if (!parser.read(std::move(arguments))) return 0;
  cas::ConfigFile config = config_file(invocation);
  const auto found = action::list_releases(invocation.system, config, name, cas_flags.options());
  nlohmann::json list = nlohmann::json::array();
  for (const auto& release : found.releases) {
    list.push_back({{"time", release.time},
                    {"service", release.service},
                    {"version", release.version},
                    {"source", release.source},
                    {"secrets", release.secrets}});
    if (!invocation.terminal.json)
      invocation.terminal.data(fmt::format("{} {} {} {} {}", release.time, release.service,
                                           release.source.empty() ? "-" : release.source,
                                           release.version, fmt::join(release.secrets, ",")));
  }
  if (invocation.terminal.json)
    invocation.terminal.document(nlohmann::json{
        {"schema", "sconectl/v1/release-list"}, {"total", found.total}, {"releases", list}});
  else if (found.total > found.releases.size())
    invocation.terminal.tell(fmt::format("{} older ones are not remembered any more",
                                         found.total - found.releases.size()));
  return 0;
}

int session_revoke_leases_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "session revoke-leases",
                "End leases of a session's services: they have to prove anew who they are. Prints "
                "how many have ended.");
  CasFlags cas_flags;
  std::string name;
  std::optional<std::string> service;
  std::optional<std::string> lease;
  parser.add_option("NAME", name, "Name of the session; you may update it")->required();
  parser.add_option("--service", service, "Of this service (default: of all)")->type_name("NAME");
  parser.add_option("--lease", lease, "This one (default: all)")->type_name("ID");
  cas_flags.add_to(parser);
  parser.examples({"sconectl session revoke-leases team/web --service web"});
  if (!parser.read(std::move(arguments))) return 0;
  cas::ConfigFile config = config_file(invocation);
  const auto revoked = action::revoke_leases(invocation.system, config, name,
                                             {named("--service", service), named("--lease", lease)},
                                             cas_flags.options());
  if (invocation.terminal.json)
    invocation.terminal.document(
        nlohmann::json{{"schema", "sconectl/v1/leases-revoked"}, {"revoked", revoked}});
  else
    invocation.terminal.data(std::to_string(revoked));
  return 0;
}

}  // namespace sconectl::cli
