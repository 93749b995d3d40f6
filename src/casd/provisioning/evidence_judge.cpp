#include "casd/provisioning/evidence_judge.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "casd/log/event.hpp"
#include "casd/provisioning/attester_claims.hpp"
#include "casd/provisioning/denials.hpp"
#include "casd/tracing/trace.hpp"
#include "sconectl/attest/variant_match.hpp"
#include "sconectl/azure/attestation_provider.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/write.hpp"

namespace sconectl::casd {

using diag::Error;
using diag::ErrorKind;

namespace {

/// Kinds of platforms.
constexpr std::size_t most_platform_kinds = 64;
constexpr std::size_t most_platforms = 256;
/// That are kept of one denial; a session can have thousands of variants.
constexpr std::size_t most_reasons = 16;
/// Somebody waits for the answer.
constexpr std::chrono::seconds attester_patience{10};

/// What the attester said, or that it could not be asked.
struct RefusedByAttester {
  Error error;
};

std::string sentence(const std::vector<attest::Objection>& objections) {
  std::string result;
  for (const auto& objection : objections)
    result.append(result.empty() ? "" : "; ").append(objection.text);
  return result;
}

bool fits(std::string_view type, attest::Tee tee) {
  return type == (tee == attest::Tee::sgx ? "sgx-dcap" : "tdx");
}

[[noreturn]] void not_ours(std::string_view why) {
  throw Error(ErrorKind::refused, std::string(why));
}

void judge_report_data(std::string_view given, const ReportData& wanted) {
  const bool fits = std::any_of(wanted.begin(), wanted.end(), [&](const std::string& one) {
    return crypto::constant_time_equal(given, one);
  });
  if (!fits)
    not_ours("the evidence is about something else: another CAS, service, attempt or key (XA-010)");
}

/// What a machine says comes first; what it has not is fetched.
void complete(attest::SnpCertificates& certificates, attest::SnpCertificates more) {
  const auto fill = [](std::string& at, std::string& from) {
    if (at.empty()) at = std::move(from);
  };
  fill(certificates.ark, more.ark);
  fill(certificates.ask, more.ask);
  fill(certificates.asvk, more.asvk);
  // The newest list is AMD's own, not one that the machine kept.
  if (!more.crl.empty()) certificates.crl = std::move(more.crl);
}

}  // namespace

EvidenceJudge::EvidenceJudge(Parts parts, host::Clock& clock, spdlog::logger& log)
    : parts_(std::move(parts)), clock_(clock), log_(log) {
  if (parts_.http != nullptr) attestation_.emplace(*parts_.http, clock);
}

ReportData EvidenceJudge::report_data(const cas::ConfigRequest& request) const {
  ReportData any;
  for (const auto& hash : parts_.identity.key_hashes())
    any.push_back(cas::report_data(request, crypto::view(crypto::parse_key_hash(hash).value())));
  return any;
}

template <typename... Measured>
EvidenceJudge::Judged EvidenceJudge::judged(std::vector<attest::Objection> objections,
                                            const Measured&... measured) {
  const bool another = std::any_of(objections.begin(), objections.end(),
                                   [](const auto& objection) { return objection.of_variant; });
  return {std::move(objections),
          another ? session::attestation_text(attest::attestation_variant_for(measured...)) : ""};
}

void EvidenceJudge::judge(const cas::Evidence& evidence, const ReportData& report_data,
                          const attest::Demands& demands, const Subject& subject) const {
  const TracedStep traced(TraceStep::attestation);
  try {
    const auto result = demands.attester ? objections_of_attester(evidence, report_data, demands)
                        : evidence.type == "sev-snp"
                            ? objections_to_report(evidence, report_data, demands)
                            : objections_to_quote(evidence, report_data, demands);
    if (!result.objections.empty()) refuse(subject, result);
  } catch (const RefusedByAttester& refused) {
    log_refusal(subject, refused.error.text());
    throw Error(refused.error.kind(), std::string(cas::message::enclave_properties),
                {refused.error.text()});
  } catch (const EvidenceRefused&) {
    throw;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::refused || error.kind() == ErrorKind::invalid)
      refuse(subject, Judged{{attest::Objection{error.text(), {}, {}}}, ""});
    log_event(
        log_, Severity::error, "evidence can not be judged",
        {{"session", subject.session}, {"service", subject.service}, {"reason", error.text()}});
    throw Error(ErrorKind::unavailable,
                "the CAS can not judge the evidence now: it lacks what the manufacturer publishes "
                "about the platform");
  }
  if (parts_.test_root)
    log_event(log_, Severity::warning,
              "evidence was accepted under a test root, whose owner can claim anything",
              {{"session", subject.session}, {"service", subject.service}});
}

/// The attester says whether this very evidence is genuine; what is in it is for the session to
/// judge. Nobody is asked in our name about evidence that no processor signed.
EvidenceJudge::Judged EvidenceJudge::objections_of_attester(const cas::Evidence& evidence,
                                                            const ReportData& report_data,
                                                            const attest::Demands& demands) const {
  return evidence.type == "sev-snp" ? objections_to_attested_report(evidence, report_data, demands)
                                    : objections_to_attested_quote(evidence, report_data, demands);
}

EvidenceJudge::Judged EvidenceJudge::objections_to_attested_quote(
    const cas::Evidence& evidence, const ReportData& report_data,
    const attest::Demands& demands) const {
  const auto quote = attest::parse_quote(evidence.quote);
  if (!fits(evidence.type, quote.tee))
    not_ours(fmt::format("the evidence is called {} and is something else", evidence.type));
  judge_report_data(quote.report_data(), report_data);
  auto objections = attest::unmet(quote, demands);
  if (!objections.empty()) return judged(std::move(objections), quote);
  const auto options = verification_options();
  (void)attest::verify(quote, platform_of(quote, options),
                       attest::TrustedCollateral(attest::Collateral{}, options), options);
  using azure::AttestedTee;
  ask_attester(*demands.attester,
               {.tee = quote.tee == attest::Tee::sgx ? AttestedTee::sgx : AttestedTee::tdx,
                .quote = evidence.quote,
                .vcek_chain = "",
                .report_data = quote.report_data()},
               quote);
  return {};
}

EvidenceJudge::Judged EvidenceJudge::objections_to_attested_report(
    const cas::Evidence& evidence, const ReportData& report_data,
    const attest::Demands& demands) const {
  const auto report = attest::parse_snp_report(evidence.quote);
  judge_report_data(report.report_data, report_data);
  const auto certificates = certificates_for(report, evidence.certificates);
  const auto options = report_options(demands);
  const auto verdict = attest::verify_snp(report, certificates, demands.min_tcb, options);
  warn_of_missing_list(verdict);
  auto objections = attest::unmet(report, verdict, demands);
  if (!objections.empty()) return judged(std::move(objections), report, verdict);
  ask_attester(*demands.attester,
               {.tee = azure::AttestedTee::snp,
                .quote = evidence.quote,
                .vcek_chain = attest::snp_chain_pem(report, certificates, options),
                .report_data = report.report_data},
               report);
  return {};
}

template <typename Shown>
void EvidenceJudge::ask_attester(const attest::Attester& attester,
                                 const azure::AttestationEvidence& evidence,
                                 const Shown& shown) const {
  if (!attestation_)
    throw RefusedByAttester{Error(ErrorKind::unavailable, "this CAS has no way to an attester")};
  host::ServerTrust trust = host::SystemTrust{};
  if (!attester.certificates.empty())
    trust = host::ChainTo{attester.certificates, host::HostName::compared};
  try {
    require_about(attestation_->attest(azure::attestation_provider(attester.url), trust, evidence,
                                       clock_.steady() + attester_patience),
                  shown);
  } catch (const Error& error) {
    throw RefusedByAttester{error};
  }
}

EvidenceJudge::Judged EvidenceJudge::objections_to_quote(const cas::Evidence& evidence,
                                                         const ReportData& report_data,
                                                         const attest::Demands& demands) const {
  const auto quote = attest::parse_quote(evidence.quote);
  if (!fits(evidence.type, quote.tee))
    not_ours(fmt::format("the evidence is called {} and is something else", evidence.type));
  judge_report_data(quote.report_data(), report_data);
  const auto options = verification_options();
  const auto platform = platform_of(quote, options);
  const auto verdict = attest::verify(quote, platform, collateral_for(platform), options);
  return judged(attest::unmet(quote, verdict, demands), quote);
}

attest::VerificationOptions EvidenceJudge::verification_options() const {
  return {.at = std::chrono::time_point_cast<std::chrono::seconds>(clock_.now()),
          .test_root = parts_.test_root};
}

attest::TrustedPlatform EvidenceJudge::platform_of(
    const attest::Quote& quote, const attest::VerificationOptions& options) const {
  auto digest = attest::TrustedPlatform::digest(quote);
  {
    const std::scoped_lock lock(mutex_);
    if (const auto known = platforms_.find(digest); known != platforms_.end()) return known->second;
  }
  attest::TrustedPlatform platform(quote, "", options);
  const std::scoped_lock lock(mutex_);
  if (platforms_.size() >= most_platforms) platforms_.erase(platforms_.begin());
  platforms_.insert_or_assign(std::move(digest), platform);
  return platform;
}

/// Only about platforms of the manufacturer (or the test root) is anything fetched.
attest::TrustedCollateral EvidenceJudge::collateral_for(
    const attest::TrustedPlatform& platform) const {
  const auto& need = platform.need();
  if (parts_.source == nullptr)
    throw Error(ErrorKind::unavailable, "this CAS has no source of collateral");
  auto collateral = parts_.source->of(need);
  {
    const std::scoped_lock lock(mutex_);
    const auto known = known_.find(need);
    if (known != known_.end() && known->second->collateral == collateral)
      return known->second->trusted;
  }
  attest::TrustedCollateral trusted(collateral, {.at = {}, .test_root = parts_.test_root});
  const std::scoped_lock lock(mutex_);
  if (known_.size() >= most_platform_kinds) known_.erase(known_.begin());
  known_.insert_or_assign(need,
                          std::make_shared<const Known>(Known{std::move(collateral), trusted}));
  return trusted;
}

EvidenceJudge::Judged EvidenceJudge::objections_to_report(const cas::Evidence& evidence,
                                                          const ReportData& report_data,
                                                          const attest::Demands& demands) const {
  const auto report = attest::parse_snp_report(evidence.quote);
  judge_report_data(report.report_data, report_data);
  const auto verdict = attest::verify_snp(report, certificates_for(report, evidence.certificates),
                                          demands.min_tcb, report_options(demands));
  warn_of_missing_list(verdict);
  return judged(attest::unmet(report, verdict, demands), report, verdict);
}

void EvidenceJudge::warn_of_missing_list(const attest::SnpVerdict& verdict) const {
  if (!verdict.crl_checked)
    log_event(log_, Severity::warning,
              "an SNP report was judged without AMD's list of revoked certificates");
}

attest::SnpOptions EvidenceJudge::report_options(const attest::Demands& demands) const {
  return {.at = std::chrono::time_point_cast<std::chrono::seconds>(clock_.now()),
          .test_root = parts_.test_root,
          .require_crl = demands.require_crl.value_or(parts_.snp_source != nullptr)};
}

attest::SnpCertificates EvidenceJudge::certificates_for(const attest::SnpReport& report,
                                                        std::string_view table) const {
  auto certificates = attest::parse_certificate_table(table);
  if (parts_.snp_source == nullptr || !report.cpu) return certificates;
  const auto need = attest::snp_need(report);
  complete(certificates, parts_.snp_source->authorities(need.product, need.key));
  if (need.key == session::SnpKey::vcek && certificates.vcek.empty())
    certificates.vcek = parts_.snp_source->vcek(need);
  return certificates;
}

void EvidenceJudge::log_refusal(const Subject& subject, const std::string& reason) const {
  log_event(log_, Severity::warning, "evidence refused",
            {{"session", subject.session}, {"service", subject.service}, {"reason", reason}});
}

void EvidenceJudge::refuse(const Subject& subject, const Judged& judged) const {
  log_refusal(subject, sentence(judged.objections));
  std::vector<cas::DenialReason> reasons;
  const auto count = std::min(judged.objections.size(), most_reasons);
  reasons.reserve(count + 1);
  for (std::size_t i = 0; i < count; ++i)
    reasons.push_back(reason_of(judged.objections[i], judged.variant));
  if (count < judged.objections.size())
    reasons.push_back({fmt::format("and {} more", judged.objections.size() - count), "", ""});
  throw EvidenceRefused(std::move(reasons));
}

}  // namespace sconectl::casd
