// `sconectl quote ...`: what evidence says, and whether it is to be believed.

#include <fmt/core.h>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/evidence_facts.hpp"
#include "cli/evidence_options.hpp"
#include "sconectl/action/quote.hpp"
#include "sconectl/attest/acceptance.hpp"
#include "sconectl/attest/variant_match.hpp"
#include "sconectl/collateral/bundle.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/diag/suggest.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/session/write.hpp"

namespace sconectl::cli {
namespace {

struct VerifyFlags {
  std::string file;
  std::string collateral;
  TimeOption at;
  TestRootOption test_root;
  std::vector<std::string> tolerate;
  std::vector<std::string> ignored_advisories;
  std::vector<std::string> min_tcb;
  bool require_crl = false;

  void add_to(CLI::App& parser) {
    parser.add_option("FILE", file, "The quote or SNP report: raw bytes, hex or base64")
        ->required();
    parser
        .add_option(
            "--collateral", collateral,
            "Directory with tcbInfo.json, qeIdentity.json, tcbSignChain.pem, rootCaCrl.der, "
            "intermediateCaCrl.der; for SNP ark.der, ask.der or asvk.der, vcek.der or vlek.der, "
            "crl.der, or auxblob")
        ->type_name("DIR")
        ->required();
    at.add_to(parser, "Judge as at this time (default: now)");
    parser
        .add_option("--tolerate", tolerate, "What a session would say in 'tolerate' (repeatable)")
        ->type_name("WORD")
        ->allow_extra_args(false);
    parser
        .add_option("--ignore-advisory", ignored_advisories,
                    "What a session would say in 'ignore_advisories' (repeatable)")
        ->type_name("ID")
        ->allow_extra_args(false);
    parser
        .add_option(
            "--min-tcb", min_tcb,
            "SNP: what a session would say in 'min_tcb' (repeatable): {cpu: milan, bootloader: 4, "
            "tee: 0, snp: 24, microcode: 219, firmware: 1.55.29}")
        ->type_name("ITEM")
        ->allow_extra_args(false);
    parser.add_flag("--require-crl", require_crl,
                    "SNP: refuse without a list of revoked certificates");
    test_root.add_to(parser);
  }

  [[nodiscard]] attest::Tolerances tolerances() const {
    attest::Tolerances result;
    for (const std::string& word : tolerate) {
      const auto known = text::from_word<session::Tolerance>(word);
      if (!known)
        throw diag::Error(
            diag::ErrorKind::usage,
            fmt::format("--tolerate: '{}' is nothing that can be tolerated{}", word,
                        diag::did_you_mean(word, text::all_words<session::Tolerance>())));
      result.words.insert(*known);
    }
    result.advisories.insert(ignored_advisories.begin(), ignored_advisories.end());
    return result;
  }

  [[nodiscard]] attest::VerificationOptions options(const action::System& system) const {
    return {.at = at.time(system), .test_root = test_root.certificate(system)};
  }

  [[nodiscard]] std::vector<session::MinTcb> minimums() const {
    std::vector<session::MinTcb> result;
    for (const std::string& each : min_tcb) {
      try {
        result.push_back(session::parse_min_tcb(each));
      } catch (const diag::Error& error) {
        throw diag::Error(diag::ErrorKind::usage, fmt::format("--min-tcb: {}", error.text()));
      }
    }
    return result;
  }
};

bool all_can_be_tolerated(const std::vector<attest::Objection>& objections) {
  return std::all_of(objections.begin(), objections.end(),
                     [](const attest::Objection& each) { return each.can_be_tolerated(); });
}

/// Evidence with its verdict.
struct Judged {
  Facts evidence;
  Facts verdict;
  std::vector<attest::Objection> objections;
  session::AttestationVariant variant;  ///< that accepts just this
  std::string minimum;                  ///< an item of `min_tcb` that it reaches; SNP
};

Judged judged(const attest::Quote& quote, const VerifyFlags& flags, const action::System& system) {
  const auto verdict = attest::verify(
      quote, collateral::read_bundle(system.files, flags.collateral), flags.options(system));
  return {facts_of(quote), facts_of(verdict), attest::objections(verdict, flags.tolerances()),
          attest::attestation_variant_for(quote), ""};
}

Judged judged(const attest::SnpReport& report, const VerifyFlags& flags,
              const action::System& system) {
  const auto given = flags.options(system);
  const auto verdict = attest::verify_snp(
      report, collateral::read_snp_bundle(system.files, flags.collateral), flags.minimums(),
      {.at = given.at, .test_root = given.test_root, .require_crl = flags.require_crl});
  return {facts_of(report), facts_of(verdict), attest::objections(verdict, flags.tolerances()),
          attest::attestation_variant_for(report, verdict), minimum_of(report, verdict)};
}

/// What to paste into a session: the variant, and the section that tolerates what can be.
std::string session_text(const Judged& judged, const attest::Tolerances& tolerances) {
  std::string text =
      "\n# A service with this accepts just this:\n" + session::attestation_text(judged.variant);
  if (!judged.minimum.empty())
    text += "\n# What this machine has, for 'min_tcb' of security.attestation:\n# - " +
            judged.minimum + "\n";
  if (!judged.objections.empty() && all_can_be_tolerated(judged.objections))
    text +=
        "\n# A session with this accepts it:\n" + tolerance_section(judged.objections, tolerances);
  return text;
}

}  // namespace

int quote_show_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "quote show",
                "Print what a quote or an SNP report says; nothing of it is verified.");
  std::string file;
  parser.add_option("FILE", file, "The quote or SNP report: raw bytes, hex or base64")->required();
  parser.examples({"sconectl quote show quote.bin"});
  if (!parser.read(std::move(arguments))) return 0;
  const auto evidence = action::read_evidence(invocation.system.files, file);
  Facts facts = std::visit([](const auto& each) { return facts_of(each); }, evidence);
  if (invocation.terminal.json) {
    facts["schema"] = "sconectl/v1/quote";
    invocation.terminal.document(nlohmann::json(facts));
  } else {
    invocation.terminal.data(lines_of(facts));
  }
  return 0;
}

int quote_verify_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "quote verify",
                "Judge a quote or an SNP report by what its manufacturer publishes; exit status 0 "
                "if a session with the given tolerances accepts it.");
  VerifyFlags flags;
  flags.add_to(parser);
  parser.examples({"sconectl quote verify quote.bin --collateral bundle",
                   "sconectl quote verify quote.bin --collateral bundle --tolerate outdated-tcb"});
  if (!parser.read(std::move(arguments))) return 0;
  const attest::Tolerances tolerances = flags.tolerances();
  const auto evidence = action::read_evidence(invocation.system.files, flags.file);
  const Judged found = std::visit(
      [&](const auto& each) { return judged(each, flags, invocation.system); }, evidence);
  const bool accepted = found.objections.empty();

  Facts facts = found.verdict;
  facts["accepted"] = accepted;
  if (invocation.terminal.json) {
    facts["schema"] = "sconectl/v1/quote-verdict";
    facts["quote"] = found.evidence;
    facts["objections"] = facts_of(found.objections);
    facts["session_attestation"] = session::attestation_text(found.variant);
    facts["session_min_tcb"] = found.minimum;
    invocation.terminal.document(nlohmann::json(facts));
    return accepted ? 0 : 1;
  }
  std::string text = lines_of(found.evidence) + lines_of(facts);
  for (const attest::Objection& each : found.objections)
    text.append(fmt::format("objection: {}{}\n", each.text,
                            each.can_be_tolerated() ? "" : ", which nothing makes acceptable"));
  invocation.terminal.data(text + session_text(found, tolerances));
  return accepted ? 0 : 1;
}

}  // namespace sconectl::cli
