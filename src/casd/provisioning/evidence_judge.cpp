#include "casd/provisioning/evidence_judge.hpp"

#include <fmt/format.h>

#include "casd/log/event.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

using diag::Error;
using diag::ErrorKind;

namespace {

std::string sentence(const std::vector<attest::Objection>& objections) {
  std::string result;
  for (const auto& objection : objections)
    result.append(result.empty() ? "" : "; ").append(objection.text);
  return result;
}

bool fits(std::string_view type, attest::Tee tee) {
  return type == (tee == attest::Tee::sgx ? "sgx-dcap" : "tdx");
}

}  // namespace

EvidenceJudge::EvidenceJudge(Parts parts, const host::Clock& clock, spdlog::logger& log)
    : parts_(std::move(parts)), clock_(clock), log_(log) {
  options_.test_root = parts_.test_root;
}

std::string EvidenceJudge::report_data(const cas::ConfigRequest& request) const {
  return cas::report_data(request, parts_.cas_key);
}

void EvidenceJudge::judge(const cas::Evidence& evidence, std::string_view report_data,
                          const attest::Demands& demands, const Subject& subject) const try {
  if (evidence.type == "sev-snp") refuse(subject, "this CAS can not verify evidence of SEV-SNP");
  const auto quote = attest::parse_quote(evidence.quote);
  if (!fits(evidence.type, quote.tee))
    refuse(subject, fmt::format("the evidence is called {} and is something else", evidence.type));
  judge_quote(quote, report_data, demands, subject);
} catch (const Error& error) {
  if (error.kind() == ErrorKind::invalid) refuse(subject, error.text());
  throw;
}

void EvidenceJudge::judge_quote(const attest::Quote& quote, std::string_view report_data,
                                const attest::Demands& demands, const Subject& subject) const {
  if (!crypto::constant_time_equal(quote.report_data(), report_data))
    refuse(subject,
           "the evidence is about something else: another CAS, service, attempt or key (XA-010)");
  auto options = options_;
  options.at = std::chrono::time_point_cast<std::chrono::seconds>(clock_.now());
  std::vector<attest::Objection> objections;
  try {
    const auto verdict = attest::verify(quote, collateral_for(quote), options);
    objections = attest::unmet(quote, verdict, demands);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::refused) refuse(subject, error.text());
    throw;
  }
  if (!objections.empty()) refuse(subject, sentence(objections));
  if (options.test_root)
    log_event(log_, Severity::warning,
              "evidence was accepted under a test root, whose owner can claim anything",
              {{"session", subject.session}, {"service", subject.service}});
}

attest::Collateral EvidenceJudge::collateral_for(const attest::Quote& quote) const {
  const auto need = attest::collateral_need(quote, "", options_);
  if (parts_.source == nullptr)
    throw Error(ErrorKind::unavailable, "this CAS has no source of collateral for evidence");
  try {
    return parts_.source->of(need);
  } catch (const Error& error) {
    log_event(log_, Severity::error, "no collateral for evidence", {{"reason", error.text()}});
    throw Error(ErrorKind::unavailable,
                "the CAS can not judge the evidence now: it has no collateral for the platform");
  }
}

void EvidenceJudge::refuse(const Subject& subject, std::string_view reason) const {
  log_event(log_, Severity::warning, "evidence refused",
            {{"session", subject.session},
             {"service", subject.service},
             {"reason", std::string(reason)}});
  throw Error(ErrorKind::refused, std::string(cas::message::enclave_properties));
}

}  // namespace sconectl::casd
