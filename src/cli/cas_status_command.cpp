// `sconectl cas status`.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/session_options.hpp"
#include "sconectl/action/cas_status.hpp"
#include "sconectl/session/duration.hpp"
#include "sconectl/text/time.hpp"

namespace sconectl::cli {

namespace {

nlohmann::json audit_log_of(const cas::Health& health) {
  if (!health.audit_log_state) return nullptr;
  return {{"state", *health.audit_log_state},
          {"sequence_number", health.audit_log_sequence_number.value_or(0)},
          {"waiting", health.audit_log_waiting},
          {"lost", health.audit_log_lost}};
}

/// How it came to be trusted; null if that is not known.
nlohmann::json attestation_of(const action::CasStatus& status) {
  auto json = nlohmann::json::parse(status.attestation, nullptr, false);
  return json.is_discarded() ? nlohmann::json() : json;
}

nlohmann::json document(const action::CasStatus& status, const std::vector<std::string>& problems) {
  nlohmann::json certificates = nlohmann::json::array();
  for (const auto& [name, expires] : status.certificates)
    certificates.push_back({{"name", name}, {"expires", text::rfc3339(expires)}});
  return {{"schema", "sconectl/v1/cas-status"},
          {"address", status.address},
          {"url", status.url},
          {"cas_key_hash", status.key_hash},
          {"attestation", attestation_of(status)},
          {"version", status.version.version},
          {"healthy", status.health.healthy},
          {"provisioned", status.health.provisioned},
          {"database_writable", status.health.database_writable},
          {"owner", status.owner ? nlohmann::json(*status.owner) : nlohmann::json()},
          {"audit_log", audit_log_of(status.health)},
          {"clock_ahead_seconds",
           status.clock_ahead ? nlohmann::json(status.clock_ahead->count()) : nlohmann::json()},
          {"certificates", certificates},
          {"problems", problems}};
}

void print(Terminal& terminal, const action::CasStatus& status,
           const std::vector<std::string>& problems) {
  const auto line = [&](std::string_view name, std::string_view value) {
    terminal.data(fmt::format("{:12} {}", name, value));
  };
  line("CAS", fmt::format("{} ({})", status.address, status.url));
  line("key", status.key_hash.empty() ? "not verified" : status.key_hash);
  line("version", status.version.version);
  line("owner", status.owner.value_or("nobody"));
  line("database", status.health.database_writable ? "writable" : "can not be written");
  if (const auto& state = status.health.audit_log_state)
    line("audit log",
         fmt::format("{}, entry {}", *state, status.health.audit_log_sequence_number.value_or(0)));
  else
    line("audit log", "none");
  for (const auto& [name, expires] : status.certificates)
    line("certificate", fmt::format("{} until {}", name, text::rfc3339(expires)));
  if (status.clock_ahead) line("clock", fmt::format("{:+} s", status.clock_ahead->count()));
  for (const auto& problem : problems) line("PROBLEM", problem);
}

}  // namespace

int cas_status_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(
      invocation, "cas status",
      "Print how a CAS is: its key, version, owner, database, audit log, certificates and "
      "clock. The status is 0 if all is well, 1 if something has to be done, 4 if it is "
      "not reached.");
  CasFlags flags;
  flags.add_with_address_alone_to(parser);
  std::string left = "7d";
  parser
      .add_option("--certificates-left", left,
                  "A certificate that ends within this time is a problem")
      ->capture_default_str()
      ->type_name("DURATION");
  if (!parser.read(std::move(arguments))) return 0;
  const auto certificates_left =
      std::chrono::ceil<std::chrono::hours>(session::parse_duration(left));
  cas::ConfigFile config = config_file(invocation);
  const auto status = action::cas_status(invocation.system, config, flags.options());
  const auto now =
      std::chrono::time_point_cast<std::chrono::seconds>(invocation.system.clock.now());
  const auto problems = action::problems_of(status, now, certificates_left);
  if (invocation.terminal.json)
    invocation.terminal.document(document(status, problems));
  else
    print(invocation.terminal, status, problems);
  return problems.empty() ? 0 : 1;
}

}  // namespace sconectl::cli
