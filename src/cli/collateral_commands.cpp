// `sconectl collateral ...`: what evidence is judged by.
#include <fmt/chrono.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/evidence_options.hpp"
#include "sconectl/action/collateral.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/number.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::cli {
namespace {

using Json = nlohmann::json;

std::vector<int> days_of(const std::string& text) {
  std::vector<int> result;
  for (const auto& part : text::split(text, ',')) {
    const auto days = text::number<int>(part);
    if (!days || *days < 0 || *days > 36'500)
      throw diag::Error(diag::ErrorKind::usage,
                        fmt::format("--warn-days: '{}' is no number of days; as in 30,7", part));
    result.push_back(*days);
  }
  return result;
}

std::string line_of(const action::Ending& ending) {
  const std::string when = fmt::format("{:%FT%TZ}", ending.until);
  return fmt::format(
      "{}: {} {} at {}{}\n", ending.holding, ending.what, ending.within_days ? "ends" : "ended",
      when, ending.within_days ? fmt::format(", within {} days", *ending.within_days) : "");
}

Json json_of(const action::Ending& ending) {
  Json json = {{"holding", ending.holding},
               {"what", ending.what},
               {"until", fmt::format("{:%FT%TZ}", ending.until)},
               {"ended", !ending.within_days}};
  if (ending.within_days) json["within_days"] = *ending.within_days;
  return json;
}

Json json_of(const collateral::Holding& holding) {
  Json parts = Json::array();
  for (const auto& part : holding.parts)
    parts.push_back({{"what", part.what},
                     {"from", fmt::format("{:%FT%TZ}", part.from)},
                     {"until", fmt::format("{:%FT%TZ}", part.until)}});
  Json json = {{"name", holding.name}, {"parts", parts}};
  if (!holding.fault.empty()) json["fault"] = holding.fault;
  return json;
}

}  // namespace

int collateral_fetch_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(
      invocation, "collateral fetch",
      "Fetch what the evidence of these platforms is judged by. The directory is a source "
      "for a CAS, and each of its parts for the other commands about evidence.");
  action::CollateralFetch fetch;
  std::vector<std::string> evidence;
  parser.add_option("FILE", evidence, "A quote or SNP report of each kind of platform")->required();
  std::string output;
  parser.add_option("-o,--output", output, "Directory to write to")->required()->type_name("DIR");
  parser
      .add_option("--source", fetch.source,
                  "For quotes: pcs, thim, the https URL of a PCCS, or file:DIRECTORY")
      ->capture_default_str()
      ->type_name("SOURCE");
  parser
      .add_option("--snp-source", fetch.snp_source,
                  "For SNP reports: kds, the https URL of a service like it, or file:DIRECTORY")
      ->capture_default_str()
      ->type_name("SOURCE");
  TestRootOption root;
  root.add_to(parser);
  parser.examples({"sconectl collateral fetch quote.bin -o collateral",
                   "sconectl collateral fetch --source https://pccs:8081 quote.bin -o collateral"});
  if (!parser.read(std::move(arguments))) return 0;
  fetch.evidence.assign(evidence.begin(), evidence.end());
  fetch.output = output;
  fetch.options.test_root = root.certificate(invocation.system);
  const auto names = action::fetch_collateral(invocation.system, fetch);
  if (invocation.terminal.json) {
    invocation.terminal.document({{"schema", "sconectl/v1/collateral-fetched"}, {"names", names}});
    return 0;
  }
  std::string text;
  for (const auto& name : names) text.append(name).append("\n");
  invocation.terminal.data(text);
  return 0;
}

int collateral_show_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "collateral show",
                "Print what a directory of collateral holds, and until when it counts.");
  std::string directory;
  parser.add_option("DIR", directory, "The directory")->required();
  parser.examples({"sconectl collateral show collateral"});
  if (!parser.read(std::move(arguments))) return 0;
  const auto holdings = collateral::inventory(invocation.system.files, directory);
  if (invocation.terminal.json) {
    Json all = Json::array();
    for (const auto& holding : holdings) all.push_back(json_of(holding));
    invocation.terminal.document({{"schema", "sconectl/v1/collateral"}, {"holdings", all}});
    return 0;
  }
  std::string text;
  for (const auto& holding : holdings) {
    if (!holding.fault.empty())
      text += fmt::format("{}: can not be read: {}\n", holding.name, holding.fault);
    for (const auto& part : holding.parts)
      text += fmt::format("{}: {} from {:%FT%TZ} until {:%FT%TZ}\n", holding.name, part.what,
                          part.from, part.until);
  }
  invocation.terminal.data(text);
  return 0;
}

int collateral_check_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "collateral check",
                "Say what has ended or ends soon; exit status 1 if there is something.");
  std::string directory;
  parser.add_option("DIR", directory, "The directory")->required();
  std::string warn_days = "30,7";
  parser.add_option("--warn-days", warn_days, "Within how many days an end is told")
      ->capture_default_str()
      ->type_name("N,N");
  TimeOption at;
  at.add_to(parser, "Look at it as at this time (default: now)");
  parser.examples({"sconectl collateral check collateral --warn-days 30,7"});
  if (!parser.read(std::move(arguments))) return 0;
  const auto days = days_of(warn_days);
  const auto holdings = collateral::inventory(invocation.system.files, directory);
  const auto found = action::endings(holdings, at.time(invocation.system), days);
  std::string text;
  Json all = Json::array();
  Json faults = Json::array();
  for (const auto& holding : holdings)
    if (!holding.fault.empty()) {
      text += fmt::format("{}: can not be read: {}\n", holding.name, holding.fault);
      faults.push_back({{"holding", holding.name}, {"fault", holding.fault}});
    }
  for (const auto& ending : found) {
    text += line_of(ending);
    all.push_back(json_of(ending));
  }
  if (invocation.terminal.json)
    invocation.terminal.document(
        {{"schema", "sconectl/v1/collateral-check"}, {"endings", all}, {"faults", faults}});
  else if (!text.empty())
    invocation.terminal.data(text);
  return found.empty() && faults.empty() ? 0 : 1;
}

}  // namespace sconectl::cli
