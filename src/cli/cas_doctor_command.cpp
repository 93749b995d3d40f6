// `sconectl cas doctor`: what is wrong with a CAS, and the fix.
#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/exit_status.hpp"
#include "cli/findings.hpp"
#include "cli/session_options.hpp"
#include "sconectl/action/cas_doctor.hpp"
#include "sconectl/session/duration.hpp"

namespace sconectl::cli {

int cas_doctor_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(
      invocation, "cas doctor",
      "Say what is wrong with a CAS and our trust in it, and the fix; changes nothing. The "
      "status is 0 if nothing is missing, else 4.");
  CasFlags flags;
  flags.add_with_address_alone_to(parser);
  std::string data;
  parser
      .add_option("--data", data,
                  "Its data directory, if that is on this machine: database, key file, disk")
      ->type_name("DIR");
  std::string left = "7d";
  parser
      .add_option("--certificates-left", left, "A certificate that ends within this time is named")
      ->capture_default_str()
      ->type_name("DURATION");
  parser.examples(
      {"sconectl cas doctor", "sconectl cas doctor --cas cas.example --data /var/lib/cas"});
  if (!parser.read(std::move(arguments))) return 0;
  const auto certificates_left =
      std::chrono::ceil<std::chrono::hours>(session::parse_duration(left));
  cas::ConfigFile config = config_file(invocation);
  const auto facts =
      action::cas_doctor_facts(invocation.system, config, flags.options(), given(data));
  const auto now =
      std::chrono::time_point_cast<std::chrono::seconds>(invocation.system.clock.now());
  const auto findings = action::diagnose(facts, now, certificates_left);
  const bool well = nothing_is_missing(findings);
  if (invocation.terminal.json)
    invocation.terminal.document(
        {{"schema", "sconectl/v1/cas-doctor"}, {"ready", well}, {"checks", checks_of(findings)}});
  else
    invocation.terminal.data(lines_of(findings));
  return well ? 0 : exit_status(diag::ErrorKind::unavailable);
}

}  // namespace sconectl::cli
