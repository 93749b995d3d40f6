// `sconectl explain RULE...`: what a rule says, where it comes from and what proves it.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/diag/rule.hpp"
#include "sconectl/diag/suggest.hpp"

namespace sconectl::cli {
namespace {

diag::Rule known_rule(const std::string& id) {
  if (auto rule = diag::rule(id)) return *std::move(rule);
  throw diag::Error(diag::ErrorKind::usage,
                    fmt::format("unknown rule '{}'{}; docs/rules lists all of them", id,
                                diag::did_you_mean(id, diag::rule_ids())));
}

std::string text(const diag::Rule& rule) {
  std::string result = fmt::format("{}: {}\n  source: {}\n", rule.id, rule.sentence, rule.source);
  if (rule.tests.empty()) result += fmt::format("  not tested: {}\n", rule.untested_because);
  for (const std::string& test : rule.tests) result += fmt::format("  tested by: {}\n", test);
  return result;
}

nlohmann::json json(const diag::Rule& rule) {
  return {{"id", rule.id},
          {"sentence", rule.sentence},
          {"source", rule.source},
          {"tests", rule.tests},
          {"not_tested", rule.untested_because}};
}

}  // namespace

int explain_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "explain", "Say what a rule means that a text or test names.");
  std::vector<std::string> ids;
  parser.add_option("RULE", ids, "Its id, such as SL-036")->required();
  parser.examples({"sconectl explain SL-036", "sconectl explain RA-012 CL-071"});
  if (!parser.read(std::move(arguments))) return 0;
  std::vector<diag::Rule> rules;
  rules.reserve(ids.size());
  for (const std::string& id : ids) rules.push_back(known_rule(id));
  if (invocation.terminal.json) {
    nlohmann::json list = nlohmann::json::array();
    for (const diag::Rule& rule : rules) list.push_back(json(rule));
    invocation.terminal.document(
        nlohmann::json{{"schema", "sconectl/v1/rules"}, {"rules", std::move(list)}});
    return 0;
  }
  for (const diag::Rule& rule : rules) invocation.terminal.data(text(rule));
  return 0;
}

}  // namespace sconectl::cli
