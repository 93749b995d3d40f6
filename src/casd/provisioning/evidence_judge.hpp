// Whether the evidence of a service is what its session demands (XA-009, XA-010, XA-019).
#pragma once

#include <spdlog/logger.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "casd/identity/identity.hpp"
#include "casd/provisioning/service_demands.hpp"
#include "sconectl/attest/demands.hpp"
#include "sconectl/azure/attestation_service.hpp"
#include "sconectl/cas/wire_service.hpp"
#include "sconectl/collateral/snp_source.hpp"
#include "sconectl/collateral/source.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/host/clock.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::casd {

/// 64 bytes each, of which evidence has to carry one.
using ReportData = std::vector<std::string>;

/// Safe to use from several threads.
class EvidenceJudge {
 public:
  struct Parts {
    /// What evidence has to be for: the digest in one of its key hashes.
    const Identity& identity;
    // Without a source such evidence can not be verified.
    collateral::Source* source = nullptr;         ///< for quotes of SGX and TDX
    collateral::SnpSource* snp_source = nullptr;  ///< for reports of SNP
    std::optional<crypto::Certificate> test_root = {};
    /// The way to Azure Attestation (`mode: maa`); a null pointer: there is none.
    host::Http* http = nullptr;
  };
  /// `clock` and `log` must outlive it.
  EvidenceJudge(Parts parts, host::Clock& clock, spdlog::logger& log);

  /// What the evidence is for, as the log shows it.
  struct Subject {
    const std::string& session;
    const std::string& service;
  };

  /// Throws EvidenceRefused, whose text is nothing but cas::message::enclave_properties, if the
  /// evidence is not genuine, is about none of `report_data`, or does not meet the demands; the log
  /// says why (XA-019).
  /// What an attester refuses anybody can ask it: that is among the causes.
  /// Throws Error{unavailable} if what is needed to judge it can not be had now.
  void judge(const cas::Evidence& evidence, const ReportData& report_data,
             const attest::Demands& demands, const Subject& subject) const;

  /// What a service's request has to be about: the service may have pinned an earlier root.
  [[nodiscard]] ReportData report_data(const cas::ConfigRequest& request) const;

 private:
  struct Judged {
    std::vector<attest::Objection> objections;
    std::string variant;  ///< that accepts just this, as a session has it; "" if none would
  };
  /// `measured`: what attest::attestation_variant_for() takes.
  template <typename... Measured>
  [[nodiscard]] static Judged judged(std::vector<attest::Objection> objections,
                                     const Measured&... measured);
  [[nodiscard]] Judged objections_of_attester(const cas::Evidence& evidence,
                                              const ReportData& report_data,
                                              const attest::Demands& demands) const;
  [[nodiscard]] Judged objections_to_attested_quote(const cas::Evidence& evidence,
                                                    const ReportData& report_data,
                                                    const attest::Demands& demands) const;
  [[nodiscard]] Judged objections_to_attested_report(const cas::Evidence& evidence,
                                                     const ReportData& report_data,
                                                     const attest::Demands& demands) const;
  template <typename Shown>
  void ask_attester(const attest::Attester& attester, const azure::AttestationEvidence& evidence,
                    const Shown& shown) const;
  [[nodiscard]] attest::VerificationOptions verification_options() const;
  [[nodiscard]] attest::TrustedPlatform platform_of(
      const attest::Quote& quote, const attest::VerificationOptions& options) const;
  [[nodiscard]] attest::TrustedCollateral collateral_for(
      const attest::TrustedPlatform& platform) const;
  [[nodiscard]] attest::SnpCertificates certificates_for(const attest::SnpReport& report,
                                                         std::string_view table) const;
  [[nodiscard]] Judged objections_to_quote(const cas::Evidence& evidence,
                                           const ReportData& report_data,
                                           const attest::Demands& demands) const;
  [[nodiscard]] Judged objections_to_report(const cas::Evidence& evidence,
                                            const ReportData& report_data,
                                            const attest::Demands& demands) const;
  void warn_of_missing_list(const attest::SnpVerdict& verdict) const;
  [[nodiscard]] attest::SnpOptions report_options(const attest::Demands& demands) const;
  void log_refusal(const Subject& subject, const std::string& reason) const;
  [[noreturn]] void refuse(const Subject& subject, const Judged& judged) const;

  /// Signatures of platforms and lists are checked once, and not for every quote.
  struct Known {
    attest::Collateral collateral;
    attest::TrustedCollateral trusted;
  };

  Parts parts_;
  const host::Clock& clock_;
  mutable std::optional<azure::AttestationServices> attestation_;
  spdlog::logger& log_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, attest::TrustedPlatform> platforms_;  ///< by their digest
  mutable std::map<attest::CollateralNeed, std::shared_ptr<const Known>> known_;
};

}  // namespace sconectl::casd
