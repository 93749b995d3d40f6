#include <fmt/chrono.h>

#include <algorithm>

#include "attest/pck_chain.hpp"
#include "attest/refuse.hpp"
#include "attest/tcb_match.hpp"
#include "sconectl/attest/verdict.hpp"
#include "sconectl/crypto/crl.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::attest {
namespace {

using crypto::Certificate;

class Verification {
 public:
  Verification(const Quote& quote, const Collateral& collateral, const VerificationOptions& options)
      : quote_(quote), collateral_(collateral), options_(options) {}

  Verdict verdict() {
    const PckChain chain = trusted_pck_chain(pck_pem(), options_);
    valid("PCK certificate", chain.leaf);
    valid("PCK CA", chain.intermediate);
    valid("root certificate", chain.root);
    result_.debug = quote_.debug();
    result_.platform = platform_of(chain.leaf);
    judge_quoting_enclave(chain.leaf);
    judge_quote_signature();
    judge_lists(chain);
    if (revoked(chain)) result_.status = TcbStatus::revoked;
    judge_dates();
    return std::move(result_);
  }

 private:
  std::string_view pck_pem() const {
    if (quote_.certification_type == 5) return quote_.certification_data;
    if (collateral_.pck_chain.empty())
      not_genuine("PCK certificate chain", "it is not in the quote and was not given");
    return collateral_.pck_chain;
  }

  /// The report of the quoting enclave is the platform's, and vouches for the attestation key.
  void judge_quoting_enclave(const Certificate& pck) const {
    if (!pck.public_key().verify_raw_ecdsa(quote_.qe_report_bytes, quote_.qe_report_signature))
      not_genuine("quoting enclave", "the platform's key did not sign its report");
    const auto digest = crypto::sha256(quote_.attestation_key + quote_.qe_auth_data);
    if (quote_.qe_report.report_data != std::string(crypto::view(digest)) + std::string(32, '\0'))
      not_genuine("quoting enclave", "its report does not vouch for the attestation key");
  }

  void judge_quote_signature() const {
    const auto key = [&] {
      try {
        return crypto::PublicKey::from_point(quote_.attestation_key);
      } catch (const diag::Error&) {
        not_genuine("quote", "its attestation key is no point of the curve P-256");
      }
    }();
    if (!key.verify_raw_ecdsa(quote_.signed_bytes, quote_.signature))
      not_genuine("quote", "the attestation key did not sign it");
  }

  /// TCB info and QE identity.
  void judge_lists(const PckChain& chain) {
    std::optional<SigningChain> signing;
    if (present(collateral_.signing_chain, "TCB signing chain")) {
      signing = trusted_signing_chain(collateral_.signing_chain, options_);
      valid("TCB signing certificate", signing->signer);
      if (!collateral_.root_crl.empty() && root_crl(chain.root).revokes(signing->signer))
        not_genuine("TCB signing chain", "its certificate is revoked");
    }
    std::optional<TcbMatch> match_of_platform;
    if (present(collateral_.tcb_info, "TCB info")) {
      const TcbInfo info = parse_tcb_info(collateral_.tcb_info);
      judge_signature(signing, info.signed_text, info.signature, "TCB info");
      result_.validity.push_back({"TCB info", info.issued, info.next_update});
      result_.evaluation_number = info.evaluation_number;
      match_of_platform = match(info, quote_, result_.platform);
    }
    std::optional<TcbStatus> of_qe;
    if (present(collateral_.qe_identity, "QE identity")) {
      const QeIdentity identity = parse_qe_identity(collateral_.qe_identity);
      judge_signature(signing, identity.signed_text, identity.signature, "QE identity");
      result_.validity.push_back({"QE identity", identity.issued, identity.next_update});
      of_qe = result_.qe_status = match(identity, quote_.qe_report, quote_.tee);
    }
    if (match_of_platform) merge(*std::move(match_of_platform), of_qe);
  }

  void merge(TcbMatch match, std::optional<TcbStatus> of_qe) {
    result_.platform_status = result_.status = match.platform;
    result_.module_status = match.module;
    result_.tcb_date = std::move(match.date);
    result_.advisories = std::move(match.advisories);
    std::sort(result_.advisories.begin(), result_.advisories.end());
    result_.advisories.erase(std::unique(result_.advisories.begin(), result_.advisories.end()),
                             result_.advisories.end());
    if (match.module) result_.status = merged(result_.status, *match.module);
    if (match.relaunch && of_qe != TcbStatus::out_of_date)
      result_.status = result_.status == TcbStatus::out_of_date
                           ? TcbStatus::td_relaunch_advised
                           : TcbStatus::td_relaunch_advised_configuration_needed;
    if (of_qe) result_.status = merged(result_.status, *of_qe);
  }

  static void judge_signature(const std::optional<SigningChain>& signing, const std::string& text,
                              const std::string& signature, const char* what) {
    if (signing && !signing->signer.public_key().verify_raw_ecdsa(text, signature))
      not_genuine(what, "its signature is not that of Intel's TCB signing key");
  }

  crypto::Crl root_crl(const Certificate& root) const {
    return crl(collateral_.root_crl, root, "root CRL");
  }

  static crypto::Crl crl(const std::string& text, const Certificate& issuer, const char* what) {
    auto list = crypto::Crl::from_text(text);
    if (!list.issued_by(issuer))
      not_genuine(what, fmt::format("it is not from '{}'", issuer.common_name()));
    return list;
  }

  bool revoked(const PckChain& chain) {
    bool result = false;
    if (present(collateral_.root_crl, "root CRL")) {
      const auto list = root_crl(chain.root);
      result_.validity.push_back({"root CRL", list.this_update(), list.next_update()});
      result = list.revokes(chain.intermediate);
    }
    if (present(collateral_.pck_crl, "PCK CRL")) {
      const auto list = crl(collateral_.pck_crl, chain.intermediate, "PCK CRL");
      result_.validity.push_back({"PCK CRL", list.this_update(), list.next_update()});
      result = result || list.revokes(chain.leaf);
    }
    return result;
  }

  bool present(const std::string& text, const char* what) {
    if (text.empty()) result_.missing.emplace_back(what);
    return !text.empty();
  }

  void valid(const char* what, const Certificate& certificate) {
    result_.validity.push_back({what, certificate.not_before(), certificate.not_after()});
  }

  void judge_dates() {
    std::stable_sort(result_.validity.begin(), result_.validity.end(),
                     [](const Validity& a, const Validity& b) { return a.until < b.until; });
    for (const Validity& each : result_.validity) {
      if (options_.at < each.from)
        result_.not_current.push_back(fmt::format("{} begins at {:%FT%TZ}", each.what, each.from));
      if (options_.at > each.until)
        result_.not_current.push_back(fmt::format("{} ended at {:%FT%TZ}", each.what, each.until));
    }
  }

  const Quote& quote_;
  const Collateral& collateral_;
  const VerificationOptions& options_;
  Verdict result_;
};

}  // namespace

CollateralNeed collateral_need(const Quote& quote, std::string_view pck_chain,
                               const VerificationOptions& options) {
  const auto chain = trusted_pck_chain(
      quote.certification_type == 5 ? std::string_view(quote.certification_data) : pck_chain,
      options);
  return {quote.tee, platform_of(chain.leaf).fmspc,
          chain.intermediate.common_name() == "Intel SGX PCK Platform CA"};
}

Verdict verify(const Quote& quote, const Collateral& collateral,
               const VerificationOptions& options) {
  return Verification(quote, collateral, options).verdict();
}

}  // namespace sconectl::attest
