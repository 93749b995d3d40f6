#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/version.hpp"

namespace sconectl::cli {

std::string version_line() {
  return fmt::format("sconectl {}", SCONECTL_VERSION);
}

std::string version_number() {
  return SCONECTL_VERSION;
}

std::string version_date() {
  return SCONECTL_DATE;
}

int version_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "version", "Print the version of this program.");
  if (!parser.read(std::move(arguments))) return 0;
  if (invocation.terminal.json) {
    invocation.terminal.document(nlohmann::json{{"schema", "sconectl/v1/version"},
                                                {"version", SCONECTL_VERSION},
                                                {"session_language", "0.3.12"}});
  } else {
    invocation.terminal.data(version_line());
  }
  return 0;
}

}  // namespace sconectl::cli
