#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "sconectl/action/check.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cli {
namespace {

std::string_view kind_name(action::DocumentKind kind) {
  switch (kind) {
    case action::DocumentKind::service:
      return "service manifest";
    case action::DocumentKind::mesh:
      return "mesh manifest";
    case action::DocumentKind::session:
      return "session";
    case action::DocumentKind::unknown:
      return "document";
  }
  return "document";
}

}  // namespace

int check_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "check", "Check manifests and sessions; contacts nothing.");
  std::vector<std::string> inputs;
  std::vector<std::string> given;
  action::Substitutions substitutions;
  action::CheckOptions options;
  parser.add_option("-f,--filename", inputs, "File, directory, or '-' for stdin (repeatable)")
      ->allow_extra_args(false)
      ->type_name("FILE");
  parser.add_option("-e", given, "Replace $NAME and ${NAME} in values (repeatable)")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  parser.add_flag("--use-env", substitutions.use_environment, "Replace them from the environment");
  parser.add_flag("--fail-on-warning", options.fail_on_warning, "Warnings count as errors");
  parser.add_flag("--strict-compatibility", options.strict_compatibility,
                  "Extensions of the session language count as errors");
  parser.examples({"sconectl check -f service.yaml -f mesh.yaml -e RELEASE=demo"});
  if (!parser.read(std::move(arguments))) return 0;
  if (inputs.empty())
    throw diag::Error(diag::ErrorKind::usage, "nothing to check: name a file with '-f FILE'");
  substitutions.given = assignments(given);
  const auto checked = action::check_documents(invocation.system, inputs, substitutions, options);
  nlohmann::json documents = nlohmann::json::array();
  for (const action::CheckedDocument& document : checked) {
    documents.push_back(
        {{"file", document.file}, {"kind", kind_name(document.kind)}, {"name", document.name}});
    if (!invocation.terminal.json)
      invocation.terminal.data(
          fmt::format("{}: valid {} '{}'", document.file, kind_name(document.kind), document.name));
  }
  if (invocation.terminal.json)
    invocation.terminal.document(
        nlohmann::json{{"schema", "sconectl/v1/check"}, {"documents", documents}});
  return 0;
}

}  // namespace sconectl::cli
