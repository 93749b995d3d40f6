// `sconectl quote ...`: what evidence says, and whether it is to be believed.
#include <fmt/chrono.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <set>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "sconectl/action/quote.hpp"
#include "sconectl/attest/acceptance.hpp"
#include "sconectl/collateral/bundle.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/diag/suggest.hpp"
#include "sconectl/text/time.hpp"

namespace sconectl::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string time_text(crypto::Time time) {
  return fmt::format("{:%FT%TZ}", time);
}

void add(Json& facts, const attest::EnclaveReport& report) {
  facts["mrenclave"] = crypto::hex(report.mr_enclave);
  facts["mrsigner"] = crypto::hex(report.mr_signer);
  facts["isvprodid"] = report.prod_id;
  facts["isvsvn"] = report.svn;
  facts["attributes"] = crypto::hex(report.attributes);
  facts["misc_select"] = report.misc_select;
  facts["config_id"] = crypto::hex(report.config_id);
  facts["config_svn"] = report.config_svn;
  facts["isv_family_id"] = crypto::hex(report.family_id);
  facts["isv_ext_prod_id"] = crypto::hex(report.ext_prod_id);
  facts["cpu_svn"] = crypto::hex(report.cpu_svn);
}

void add(Json& facts, const attest::TdReport& report) {
  facts["mrtd"] = crypto::hex(report.mr_td);
  for (std::size_t i = 0; i < report.rtmr.size(); ++i)
    facts[fmt::format("rtmr{}", i)] = crypto::hex(report.rtmr.at(i));
  facts["mrconfigid"] = crypto::hex(report.mr_config_id);
  facts["mrowner"] = crypto::hex(report.mr_owner);
  facts["mrownerconfig"] = crypto::hex(report.mr_owner_config);
  facts["attributes"] = crypto::hex(report.attributes);
  facts["xfam"] = crypto::hex(report.xfam);
  facts["mrseam"] = crypto::hex(report.mr_seam);
  facts["tee_tcb_svn"] = crypto::hex(report.tee_tcb_svn);
  if (!report.tee_tcb_svn2.empty()) facts["tee_tcb_svn2"] = crypto::hex(report.tee_tcb_svn2);
}

Json facts_of(const attest::Quote& quote) {
  Json facts;
  facts["tee"] = quote.tee == attest::Tee::sgx ? "SGX" : "TDX";
  facts["quote_version"] = quote.version;
  std::visit([&](const auto& report) { add(facts, report); }, quote.body);
  facts["debug"] = quote.debug();
  facts["report_data"] = crypto::hex(quote.report_data());
  facts["platform_id"] = crypto::hex(quote.qe_id);
  facts["certification_data_type"] = quote.certification_type;
  return facts;
}

/// Lines of `name: value`; lists with blanks between their elements.
std::string text_of(const Json& facts) {
  std::string text;
  for (const auto& [name, value] : facts.items()) {
    std::string shown = value.is_string() ? value.get<std::string>() : value.dump();
    if (value.is_array())
      shown = fmt::format("{}", fmt::join(value.get<std::vector<std::string>>(), " "));
    text += fmt::format("{}: {}\n", name, shown.empty() ? "-" : shown);
  }
  return text;
}

struct VerifyFlags {
  std::string file;
  std::string collateral;
  std::string at;
  std::string test_root;
  std::vector<std::string> tolerate;
  std::vector<std::string> ignored_advisories;

  void add_to(CLI::App& parser) {
    parser.add_option("FILE", file, "The quote: raw bytes, hex or base64")->required();
    parser
        .add_option(
            "--collateral", collateral,
            "Directory with tcbInfo.json, qeIdentity.json, tcbSignChain.pem, rootCaCrl.der, "
            "intermediateCaCrl.der")
        ->type_name("DIR")
        ->required();
    parser.add_option("--at", at, "Judge as at this time (default: now)")->type_name("TIME");
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
        .add_option("--only_for_testing-root", test_root,
                    "Trust this certificate instead of Intel's root")
        ->type_name("FILE");
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
    attest::VerificationOptions result;
    result.at = std::chrono::floor<std::chrono::seconds>(system.clock.now());
    if (!at.empty()) {
      const auto time = text::time(at);
      if (!time)
        throw diag::Error(diag::ErrorKind::usage, "--at needs a time such as 2026-01-31T12:00:00Z");
      result.at = *time;
    }
    if (!test_root.empty()) {
      result.test_root = crypto::Certificate::from_pem(system.files.read(test_root, 1U << 20U));
      system.warn(
          diag::Diagnostic{diag::Severity::warning,
                           {},
                           "the root is one for tests: whoever has its key can claim anything"});
    }
    return result;
  }
};

Json facts_of(const attest::Verdict& verdict) {
  Json facts;
  facts["status"] = text::word(verdict.status);
  facts["platform_status"] = text::word(verdict.platform_status);
  facts["quoting_enclave_status"] = text::word(verdict.qe_status);
  if (verdict.module_status) facts["tdx_module_status"] = text::word(*verdict.module_status);
  facts["tcb_date"] = verdict.tcb_date;
  facts["tcb_evaluation_data_number"] = verdict.evaluation_number;
  facts["advisories"] = verdict.advisories;
  facts["fmspc"] = crypto::hex(verdict.platform.fmspc);
  if (verdict.platform.smt) facts["hyperthreading"] = *verdict.platform.smt;
  facts["missing"] = verdict.missing;
  facts["not_current"] = verdict.not_current;
  if (!verdict.validity.empty()) {
    facts["valid_until"] = time_text(verdict.validity.front().until);
    facts["ends_first"] = verdict.validity.front().what;
  }
  return facts;
}

/// What a session has to say so that all that can be tolerated is: to paste into it.
std::string section_for(const std::vector<attest::Objection>& objections,
                        const attest::Tolerances& given) {
  std::set<std::string_view> words;
  for (const session::Tolerance word : given.words) words.insert(text::word(word));
  std::set<std::string> advisories = given.advisories;
  for (const attest::Objection& each : objections) {
    for (const session::Tolerance word : each.words) words.insert(text::word(word));
    advisories.insert(each.advisories.begin(), each.advisories.end());
  }
  std::string text = "security:\n  attestation:\n";
  text += fmt::format("    tolerate: [{}]\n", fmt::join(words, ", "));
  text += fmt::format("    ignore_advisories: [{}]\n", fmt::join(advisories, ", "));
  return text;
}

bool all_can_be_tolerated(const std::vector<attest::Objection>& objections) {
  return std::all_of(objections.begin(), objections.end(),
                     [](const attest::Objection& each) { return each.can_be_tolerated(); });
}

}  // namespace

int quote_show_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "quote show", "Print what a quote says; nothing of it is verified.");
  std::string file;
  parser.add_option("FILE", file, "The quote: raw bytes, hex or base64")->required();
  parser.examples({"sconectl quote show quote.bin"});
  if (!parser.read(std::move(arguments))) return 0;
  Json facts = facts_of(action::read_quote(invocation.system.files, file));
  if (invocation.terminal.json) {
    facts["schema"] = "sconectl/v1/quote";
    invocation.terminal.document(nlohmann::json(facts));
  } else {
    invocation.terminal.data(text_of(facts));
  }
  return 0;
}

int quote_verify_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "quote verify",
                "Judge a quote by what its manufacturer publishes; exit status 0 if a session with "
                "the given tolerances accepts it.");
  VerifyFlags flags;
  flags.add_to(parser);
  parser.examples({"sconectl quote verify quote.bin --collateral bundle",
                   "sconectl quote verify quote.bin --collateral bundle --tolerate outdated-tcb"});
  if (!parser.read(std::move(arguments))) return 0;
  action::System& system = invocation.system;
  const attest::Tolerances tolerances = flags.tolerances();
  const attest::Quote quote = action::read_quote(system.files, flags.file);
  const attest::Verdict verdict = attest::verify(
      quote, collateral::read_bundle(system.files, flags.collateral), flags.options(system));
  const auto objections = attest::objections(verdict, tolerances);

  Json facts = facts_of(verdict);
  facts["accepted"] = objections.empty();
  if (invocation.terminal.json) {
    facts["schema"] = "sconectl/v1/quote-verdict";
    facts["quote"] = facts_of(quote);
    facts["objections"] = Json::array();
    for (const attest::Objection& each : objections) {
      Json words = Json::array();
      for (const session::Tolerance word : each.words) words.push_back(text::word(word));
      facts["objections"].push_back(
          {{"text", each.text}, {"tolerate", words}, {"ignore_advisories", each.advisories}});
    }
    invocation.terminal.document(nlohmann::json(facts));
    return objections.empty() ? 0 : 1;
  }
  std::string text = text_of(facts_of(quote)) + text_of(facts);
  for (const attest::Objection& each : objections)
    text += fmt::format("objection: {}{}\n", each.text,
                        each.can_be_tolerated() ? "" : ", which nothing makes acceptable");
  if (!objections.empty() && all_can_be_tolerated(objections))
    text += "\n# A session with this accepts it:\n" + section_for(objections, tolerances);
  invocation.terminal.data(text);
  return objections.empty() ? 0 : 1;
}

}  // namespace sconectl::cli
