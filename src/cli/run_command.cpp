// `sconectl run`: the entrypoint of native images.
#include <algorithm>

#include "cli/command.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/launch/launch.hpp"
#include "sconectl/launch/termination_message.hpp"

namespace sconectl::cli {

int run_command(Invocation& invocation, std::vector<std::string> arguments) {
  // What follows `--` belongs to the program and is never looked at.
  const auto separator = std::find(arguments.begin(), arguments.end(), "--");
  std::vector<std::string> host_arguments;
  if (separator != arguments.end()) host_arguments.assign(separator + 1, arguments.end());
  arguments.erase(separator, arguments.end());
  Parser parser(invocation, "run",
                "Fetch the configuration of a service from its CAS and become its program.");
  std::string config_id;
  parser.add_option("CONFIG_ID", config_id, "session/service (default: SCONE_CONFIG_ID)");
  std::string evidence;
  parser
      .add_option("--evidence", evidence,
                  "Evidence of the machine: auto (where it is a TDX or SEV-SNP machine), tsm, none "
                  "(default: SCONECTL_EVIDENCE, else auto)")
      ->check(CLI::IsMember({"auto", "tsm", "none"}))
      ->type_name("SOURCE");
  std::string tsm_reports;
  parser
      .add_option(
          "--tsm-report", tsm_reports,
          "Directory of configfs-tsm (default: SCONECTL_TSM_REPORT, else /run/tsm/report or "
          "/sys/kernel/config/tsm/report)")
      ->type_name("DIR");
  bool trust_any = false;
  parser.add_flag(
      "--only_for_testing-trust-any-cas", trust_any,
      "Start also if neither a key hash nor a token proves that the CAS is the right one");
  parser.footer(
      "Environment: SCONE_CONFIG_ID, SCONE_CAS_ADDR (host[:port], default port 18765),\n"
      "SCONE_CAS_KEY (key hash that the CAS must have), SCONE_SERVICE_ACCESS_TOKEN;\n"
      "SCONECTL_SUPERVISE (always: stay as the program's parent; never: become it; default: stay\n"
      "as process 1), SCONECTL_REFRESH (renew injected files every so many seconds),\n"
      "SCONECTL_REFRESH_SIGNAL (which the program gets when they have changed, as HUP).\n"
      "Example: sconectl run demo/web/python3 -- python3 app.py");
  if (!parser.read(std::move(arguments))) return 0;
  try {
    auto options = launch::options(
        invocation.system.environment, config_id.empty() ? std::nullopt : std::optional(config_id),
        std::move(host_arguments),
        trust_any ? launch::CasProof::not_demanded : launch::CasProof::demanded);
    if (const auto choice = text::from_word<launch::EvidenceChoice>(evidence))
      options.evidence = *choice;
    if (!tsm_reports.empty()) options.tsm_reports = tsm_reports;
    return launch::run(std::move(options), invocation.system.http, invocation.system.clock,
                       invocation.system.tell);
  } catch (const diag::Error& error) {
    launch::leave_message(error);
    throw;
  }
}

}  // namespace sconectl::cli
