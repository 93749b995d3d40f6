// `sconectl cas explain`.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/session_options.hpp"
#include "sconectl/action/explain_denial.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/text/terminal_text.hpp"

namespace sconectl::cli {
namespace {

nlohmann::json document(const cas::DenialInfo& denial) {
  nlohmann::json reasons = nlohmann::json::array();
  for (const auto& reason : denial.reasons)
    reasons.push_back(
        {{"text", reason.text}, {"change", reason.change}, {"weakens", reason.weakens}});
  return {
      {"schema", "sconectl/v1/denial"}, {"id", denial.id},           {"time", denial.time},
      {"session", denial.session},      {"version", denial.version}, {"service", denial.service},
      {"source", denial.source},        {"step", denial.step},       {"reasons", reasons}};
}

/// A change may have lines of YAML.
std::string indented(std::string_view text) {
  std::string result;
  for (const std::string_view line : text::split(text, '\n'))
    if (!line.empty()) result.append("\n    ").append(text::in_one_line(line));
  return result;
}

std::string text_of(const cas::DenialInfo& denial) {
  std::string text = fmt::format("refused: {}/{} at {}, from {}\njudged: {}\nby version: {}\n",
                                 denial.session, denial.service, denial.time,
                                 denial.source.empty() ? "an unknown address" : denial.source,
                                 denial.step, denial.version);
  for (const auto& reason : denial.reasons) {
    text += fmt::format("\nreason: {}\n", text::in_one_line(reason.text));
    text += reason.change.empty() ? "  nothing in the session changes that\n"
                                  : fmt::format("  change:{}\n", indented(reason.change));
    if (!reason.change.empty())
      text += reason.weakens.empty() ? "  weakens: nothing\n"
                                     : fmt::format("  weakens: the session would accept: {}\n",
                                                   text::in_one_line(reason.weakens));
  }
  return text;
}

}  // namespace

int cas_explain_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas explain",
                "Say why a CAS refused a service: what was judged, every reason, the smallest "
                "change that would make it acceptable, and what a session gives up by it. The id "
                "stands in the log of the service and of the CAS.");
  std::string id;
  parser.add_option("ID", id, "Id of the denial; you may read its session")->required();
  CasFlags flags;
  flags.add_to(parser);
  parser.examples({"sconectl cas explain 4a0c9d1be2f35876"});
  if (!parser.read(std::move(arguments))) return 0;
  cas::ConfigFile config = config_file(invocation);
  const auto denial = action::explain_denial(invocation.system, config, id, flags.options());
  if (invocation.terminal.json)
    invocation.terminal.document(document(denial));
  else
    invocation.terminal.data(text_of(denial));
  return 0;
}

}  // namespace sconectl::cli
