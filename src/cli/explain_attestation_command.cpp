// `sconectl session explain-attestation`.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/evidence_facts.hpp"
#include "cli/evidence_options.hpp"
#include "cli/session_options.hpp"
#include "sconectl/action/explain_attestation.hpp"

namespace sconectl::cli {
namespace {

std::string text_of(const action::AttestationAnswer& answer) {
  if (!answer.looks_at_evidence)
    return "accepted: the session looks at no evidence (security.attestation.mode: none)\n";
  if (answer.objections.empty())
    return answer.attester.empty()
               ? "accepted\n"
               : fmt::format("accepted here; a CAS asks {} besides, which was not done\n",
                             answer.attester);
  std::string text = "refused\n";
  for (const auto& objection : answer.objections)
    text += fmt::format("objection: {}{}\n", objection.text,
                        objection.can_be_tolerated() ? "" : ", which no tolerance changes");
  if (const auto section = tolerance_section(answer.objections, {}); !section.empty())
    text += "\n# What of it can be tolerated:\n" + section;
  return text;
}

}  // namespace

int session_explain_attestation_command(Invocation& invocation,
                                        std::vector<std::string> arguments) {
  Parser parser(invocation, "session explain-attestation",
                "Say whether a session accepts evidence for a service, and every reason why not; "
                "exit status 0 if it does. A CAS demands also that the evidence is about the "
                "service's request.");
  SessionFlags flags;
  flags.add_to(parser);
  action::AttestationQuestion question;
  std::string evidence;
  std::string collateral;
  parser.add_option("--service", question.service, "The service")->required()->type_name("NAME");
  parser.add_option("--evidence", evidence, "A quote or SNP report")->required()->type_name("FILE");
  parser.add_option("--collateral", collateral, "What it is judged by, as for 'quote verify'")
      ->required()
      ->type_name("DIR");
  TimeOption at;
  at.add_to(parser, "Judge as at this time (default: now)");
  TestRootOption root;
  root.add_to(parser);
  parser.examples(
      {"sconectl session explain-attestation session.yaml --service web --evidence "
       "quote.bin --collateral bundle"});
  if (!parser.read(std::move(arguments))) return 0;
  question.evidence = evidence;
  question.collateral = collateral;
  question.options = {.at = at.time(invocation.system),
                      .test_root = root.certificate(invocation.system)};
  const auto session =
      action::readable_session(action::load_session(invocation.system, flags.input()));
  const auto answer = action::explain_attestation(invocation.system, session, question);
  if (invocation.terminal.json)
    invocation.terminal.document({{"schema", "sconectl/v1/attestation-explained"},
                                  {"accepted", answer.objections.empty()},
                                  {"looks_at_evidence", answer.looks_at_evidence},
                                  {"also_judged_by", answer.attester},
                                  {"objections", nlohmann::json(facts_of(answer.objections))}});
  else
    invocation.terminal.data(text_of(answer));
  return answer.objections.empty() ? 0 : 1;
}

}  // namespace sconectl::cli
