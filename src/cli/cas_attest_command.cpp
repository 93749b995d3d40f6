// `sconectl cas attest`.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/attest_flags.hpp"
#include "cli/session_options.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cli {

int cas_attest_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas attest", "Make sure that a CAS can be trusted, and remember it.");
  AttestFlags flags;
  std::string address;
  parser.add_option("ADDRESS", address, "host[:port] of the CAS")->required();
  flags.add_to(parser);
  flags.add_offline_report(parser);
  parser.examples({"sconectl cas attest localhost -c KEY_HASH",
                   "sconectl cas attest -GCS --only_for_testing-debug "
                   "--only_for_testing-ignore-signer --only_for_testing-trust-any localhost"});
  if (!parser.read(std::move(arguments))) return 0;
  flags.warn(invocation.system);
  cas::ConfigFile config = config_file(invocation);
  const auto known = attested(invocation, config, address, flags);
  action::CasOptions options;
  options.address = address;
  const bool contacted = flags.offline_report.empty();
  const std::string version =
      contacted
          ? action::connect(invocation.system, config, options, false).client.version().version
          : "";
  if (invocation.terminal.json) {
    invocation.terminal.document(nlohmann::json{{"schema", "sconectl/v1/cas-attest"},
                                                {"address", address},
                                                {"url", known.url},
                                                {"cas_key_hash", known.cas_key_hash},
                                                {"version", version}});
  } else {
    invocation.terminal.data(fmt::format("CAS {} at {} is trustworthy", address, known.url));
    if (contacted) invocation.terminal.data(fmt::format("Version of attested CAS: {}", version));
  }
  return 0;
}

}  // namespace sconectl::cli
