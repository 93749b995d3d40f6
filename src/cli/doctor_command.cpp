// `sconectl doctor`: what is missing, and the fix.
#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/exit_status.hpp"
#include "cli/findings.hpp"
#include "cli/session_options.hpp"
#include "cli/version.hpp"
#include "sconectl/action/doctor.hpp"

namespace sconectl::cli {
namespace {

std::vector<action::Work> works(const std::vector<std::string>& words) {
  std::vector<action::Work> result;
  for (const std::string& word : words)
    if (const auto work = text::from_word<action::Work>(word)) result.push_back(*work);
  return result.empty() ? std::vector{action::Work::native} : result;
}

nlohmann::json document(const std::vector<action::Finding>& findings,
                        const action::DoctorOptions& options, bool ready) {
  nlohmann::json for_works = nlohmann::json::array();
  for (const action::Work work : options.works) for_works.push_back(text::word(work));
  return {{"schema", "sconectl/v1/doctor"},
          {"for", std::move(for_works)},
          {"ready", ready},
          {"checks", checks_of(findings)}};
}

}  // namespace

int doctor_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "doctor",
                "Say what is missing for a kind of work, and the fix; changes nothing.");
  std::vector<std::string> words;
  std::string cas_address;
  std::string engine;
  action::DoctorOptions options;
  const auto names = text::all_words<action::Work>();
  parser
      .add_option("--for", words, "Kind of work (repeatable): native (default), kubernetes, scone")
      ->allow_extra_args(false)
      ->check(CLI::IsMember(std::vector<std::string>(names.begin(), names.end())))
      ->type_name("WORK");
  parser.add_option("--cas", cas_address, "This CAS has to answer (default: the default CAS)")
      ->type_name("CAS");
  parser.add_option("--engine", engine, "docker, podman or buildah (SCONECTL_ENGINE)")
      ->type_name("ENGINE");
  parser
      .add_option("-n,--namespace", options.kubernetes_name_space,
                  "Namespace of the cluster (default)")
      ->check(CLI::Validator(
          [](const std::string& text) {
            const bool fits = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
              return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
            });
            return fits ? "" : fmt::format("'{}' is no name of a namespace", text);
          },
          ""))
      ->type_name("NAMESPACE");
  parser.examples({"sconectl doctor", "sconectl doctor --for kubernetes --cas cas.scone-system"});
  if (!parser.read(std::move(arguments))) return 0;
  options.works = works(words);
  options.version = version_number();
  options.cas = given(cas_address);
  options.engine = given(engine);
  const auto facts = action::doctor_facts(invocation.system, config_file(invocation), options);
  const auto findings = action::diagnose(facts, options);
  const bool ready = nothing_is_missing(findings);
  if (invocation.terminal.json)
    invocation.terminal.document(document(findings, options, ready));
  else
    invocation.terminal.data(lines_of(findings));
  return ready ? 0 : exit_status(diag::ErrorKind::unavailable);
}

}  // namespace sconectl::cli
