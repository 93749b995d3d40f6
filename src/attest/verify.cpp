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

void judge_signature(const std::optional<SigningChain>& signing, const std::string& text,
                     const std::string& signature, const char* what) {
  if (signing && !signing->signer.public_key().verify_raw_ecdsa(text, signature))
    not_genuine(what, "its signature is not that of Intel's TCB signing key");
}

void judge_issuer(const crypto::Crl& list, const Certificate& issuer, const char* what) {
  if (!list.issued_by(issuer))
    not_genuine(what, fmt::format("it is not from '{}'", issuer.common_name()));
}

Validity validity_of(const char* what, const Certificate& certificate) {
  return {what, certificate.not_before(), certificate.not_after()};
}

Validity validity_of(const char* what, const crypto::Crl& list) {
  return {what, list.this_update(), list.next_update()};
}

}  // namespace

/// An absent part is in `missing`.
struct TrustedCollateral::Parts {
  std::optional<SigningChain> signing;
  std::optional<TcbInfo> tcb_info;
  std::optional<QeIdentity> qe_identity;
  std::optional<crypto::Crl> root_crl;  ///< judged, if `signing` is there
  std::optional<crypto::Crl> pck_crl;   ///< judged with the platform, which names its issuer
  std::vector<std::string> missing;
  std::vector<Validity> validity;

  bool has(const std::string& text, const char* what) {
    if (text.empty()) missing.emplace_back(what);
    return !text.empty();
  }
};

TrustedCollateral::TrustedCollateral(const Collateral& collateral,
                                     const VerificationOptions& options) {
  Parts parts;
  if (parts.has(collateral.signing_chain, "TCB signing chain")) {
    parts.signing = trusted_signing_chain(collateral.signing_chain, options);
    parts.validity.push_back(validity_of("TCB signing certificate", parts.signing->signer));
  }
  if (parts.has(collateral.tcb_info, "TCB info")) {
    parts.tcb_info = parse_tcb_info(collateral.tcb_info);
    const auto& info = *parts.tcb_info;
    judge_signature(parts.signing, info.signed_text, info.signature, "TCB info");
    parts.validity.push_back({"TCB info", info.issued, info.next_update});
  }
  if (parts.has(collateral.qe_identity, "QE identity")) {
    parts.qe_identity = parse_qe_identity(collateral.qe_identity);
    const auto& identity = *parts.qe_identity;
    judge_signature(parts.signing, identity.signed_text, identity.signature, "QE identity");
    parts.validity.push_back({"QE identity", identity.issued, identity.next_update});
  }
  if (parts.has(collateral.root_crl, "root CRL")) {
    parts.root_crl = crypto::Crl::from_text(collateral.root_crl);
    parts.validity.push_back(validity_of("root CRL", *parts.root_crl));
    if (parts.signing) {
      judge_issuer(*parts.root_crl, parts.signing->root, "root CRL");
      if (parts.root_crl->revokes(parts.signing->signer))
        not_genuine("TCB signing chain", "its certificate is revoked");
    }
  }
  if (parts.has(collateral.pck_crl, "PCK CRL")) {
    parts.pck_crl = crypto::Crl::from_text(collateral.pck_crl);
    parts.validity.push_back(validity_of("PCK CRL", *parts.pck_crl));
  }
  parts_ = std::make_shared<const Parts>(std::move(parts));
}

struct TrustedPlatform::Parts {
  PckChain chain;
  Platform platform;
  CollateralNeed need;
  EnclaveReport quoting_enclave;
  crypto::PublicKey attestation_key;
};

namespace {

/// The report of the quoting enclave is the platform's, and vouches for the attestation key.
crypto::PublicKey trusted_attestation_key(const Quote& quote, const Certificate& pck) {
  if (!pck.public_key().verify_raw_ecdsa(quote.qe_report_bytes, quote.qe_report_signature))
    not_genuine("quoting enclave", "the platform's key did not sign its report");
  const auto digest = crypto::sha256(quote.attestation_key + quote.qe_auth_data);
  if (quote.qe_report.report_data != std::string(crypto::view(digest)) + std::string(32, '\0'))
    not_genuine("quoting enclave", "its report does not vouch for the attestation key");
  try {
    return crypto::PublicKey::from_point(quote.attestation_key);
  } catch (const diag::Error&) {
    not_genuine("quote", "its attestation key is no point of the curve P-256");
  }
}

}  // namespace

TrustedPlatform::TrustedPlatform(const Quote& quote, std::string_view pck_chain,
                                 const VerificationOptions& options) {
  if (quote.certification_type == 5) pck_chain = quote.certification_data;
  if (pck_chain.empty())
    not_genuine("PCK certificate chain", "it is not in the quote and was not given");
  PckChain chain = trusted_pck_chain(pck_chain, options);
  Platform platform = platform_of(chain.leaf);
  CollateralNeed need{quote.tee, platform.fmspc,
                      chain.intermediate.common_name() == "Intel SGX PCK Platform CA"};
  auto key = trusted_attestation_key(quote, chain.leaf);
  parts_ = std::make_shared<const Parts>(Parts{std::move(chain), std::move(platform),
                                               std::move(need), quote.qe_report, std::move(key)});
}

std::string TrustedPlatform::digest(const Quote& quote) {
  std::string all(1, static_cast<char>(quote.tee));
  all += static_cast<char>(quote.certification_type);
  for (const std::string* part :
       {&quote.attestation_key, &quote.qe_report_bytes, &quote.qe_report_signature,
        &quote.qe_auth_data, &quote.certification_data})
    all.append(std::to_string(part->size())).append(1, ':').append(*part);
  return std::string(crypto::view(crypto::sha256(all)));
}

const CollateralNeed& TrustedPlatform::need() const {
  return parts_->need;
}

namespace {

class Verification {
 public:
  Verification(const Quote& quote, const TrustedPlatform::Parts& platform,
               const TrustedCollateral::Parts& collateral, const VerificationOptions& options)
      : quote_(quote), platform_(platform), collateral_(collateral), options_(options) {}

  Verdict verdict() {
    const PckChain& chain = platform_.chain;
    result_.missing = collateral_.missing;
    result_.validity = collateral_.validity;
    result_.validity.push_back(validity_of("PCK certificate", chain.leaf));
    result_.validity.push_back(validity_of("PCK CA", chain.intermediate));
    result_.validity.push_back(validity_of("root certificate", chain.root));
    result_.debug = quote_.debug();
    result_.platform = platform_.platform;
    judge_quote_signature();
    judge_lists();
    if (revoked(chain)) result_.status = TcbStatus::revoked;
    judge_dates();
    return std::move(result_);
  }

 private:
  void judge_quote_signature() const {
    if (!platform_.attestation_key.verify_raw_ecdsa(quote_.signed_bytes, quote_.signature))
      not_genuine("quote", "the attestation key did not sign it");
  }

  /// TCB info and QE identity.
  void judge_lists() {
    std::optional<TcbStatus> of_qe;
    if (collateral_.qe_identity)
      of_qe = result_.qe_status =
          match(*collateral_.qe_identity, platform_.quoting_enclave, quote_.tee);
    if (!collateral_.tcb_info) return;
    result_.evaluation_number = collateral_.tcb_info->evaluation_number;
    merge(match(*collateral_.tcb_info, quote_, result_.platform), of_qe);
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

  bool revoked(const PckChain& chain) const {
    bool result = false;
    if (collateral_.root_crl) {
      if (!collateral_.signing) judge_issuer(*collateral_.root_crl, chain.root, "root CRL");
      result = collateral_.root_crl->revokes(chain.intermediate);
    }
    if (collateral_.pck_crl) {
      judge_issuer(*collateral_.pck_crl, chain.intermediate, "PCK CRL");
      result = result || collateral_.pck_crl->revokes(chain.leaf);
    }
    return result;
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
  const TrustedPlatform::Parts& platform_;
  const TrustedCollateral::Parts& collateral_;
  const VerificationOptions& options_;
  Verdict result_;
};

}  // namespace

Verdict verify(const Quote& quote, const TrustedPlatform& platform,
               const TrustedCollateral& collateral, const VerificationOptions& options) {
  return Verification(quote, platform.parts(), collateral.parts(), options).verdict();
}

Verdict verify(const Quote& quote, const Collateral& collateral,
               const VerificationOptions& options) {
  const TrustedPlatform platform(quote, collateral.pck_chain, options);
  return verify(quote, platform, TrustedCollateral(collateral, options), options);
}

}  // namespace sconectl::attest
