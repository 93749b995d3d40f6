#include "sconectl/cas/trust.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "json.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cas {
namespace {

using crypto::Certificate;
using diag::Error;
using diag::ErrorKind;

[[noreturn]] void refuse(const Attested& attested, std::string why) {
  throw Error(ErrorKind::refused,
              fmt::format("CAS at {} is not trustworthy: {}", attested.url, why));
}

std::string key_hash(const Certificate& certificate) {
  return crypto::key_hash(certificate.public_key());
}

std::vector<Certificate> certificates(std::span<const std::string> chain) {
  std::vector<Certificate> result;
  for (const auto& pem : chain) result.push_back(Certificate::from_pem(pem));
  return result;
}

// The report's chain: software certificate(s), then the self-signed root.
struct ReportedChain {
  std::vector<Certificate> all;
  [[nodiscard]] const Certificate& software() const { return all.front(); }
  [[nodiscard]] const Certificate& root() const { return all.back(); }
};

ReportedChain reported_chain(const Attested& attested) {
  ReportedChain chain;
  try {
    chain.all = crypto::certificates_from_pem(attested.report.additional_data.cert_chain);
  } catch (const Error&) {
    refuse(attested, "the certificates in its report can not be read");
  }
  if (chain.all.empty()) refuse(attested, "its report holds no certificates");
  if (!chain.root().self_signed())
    refuse(attested, "the certificates in its report do not end in a root");
  for (std::size_t i = 0; i + 1 < chain.all.size(); ++i) {
    if (!chain.all[i].issued_by(chain.all[i + 1]))
      refuse(attested, "the certificates in its report are not one chain");
  }
  return chain;
}

void check_connection(const Attested& attested, const ReportedChain& chain) {
  std::vector<Certificate> peer;
  try {
    peer = certificates(attested.peer_chain);
  } catch (const Error&) {
    refuse(attested, "the certificates of the connection can not be read");
  }
  if (peer.empty()) refuse(attested, "the connection has no server certificate");
  const Certificate roots[] = {chain.software()};
  const auto verdict = crypto::verify_chain(peer.front(), peer, roots);
  if (!verdict && key_hash(peer.front()) != key_hash(chain.software())) {
    refuse(attested, fmt::format("the certificate of the connection was not issued by the CAS that "
                                 "the report describes ({}); somebody may stand in between",
                                 verdict.refusal));
  }
}

void check_nonce(const Attested& attested, std::string_view preimage) {
  const auto& claimed = attested.report.report_data_preimage;
  if (!claimed.empty() && claimed != preimage)
    refuse(attested, "its report does not answer this request (another nonce or altered data)");
}

/// The CAS has had a root with this key, which leads to the present one.
bool was_before(const Attested& attested, const std::string& key) {
  const auto presented = certificates(attested.peer_chain);
  for (std::size_t i = 2; i < presented.size(); ++i) {
    const Certificate roots[] = {presented[i]};
    if (key_hash(presented[i]) == key && crypto::verify_chain(presented.front(), presented, roots))
      return true;
  }
  return false;
}

void check_keys(const Attested& attested, const ReportedChain& chain, const AttestOptions& options,
                const KnownCas* before) {
  const std::string key = key_hash(chain.root());
  const std::string software = key_hash(chain.software());
  if (options.cas_key_hash && *options.cas_key_hash != key &&
      !was_before(attested, *options.cas_key_hash))
    refuse(attested,
           fmt::format("its key hash is {}, but {} was demanded", key, *options.cas_key_hash));
  if (options.cas_software_key_hash && *options.cas_software_key_hash != software)
    refuse(attested, fmt::format("its software key hash is {}, but {} was demanded", software,
                                 *options.cas_software_key_hash));
  const bool changed = before != nullptr && !before->cas_key_hash.empty() &&
                       before->cas_key_hash != key && !options.cas_key_hash &&
                       !was_before(attested, before->cas_key_hash);
  if (changed)
    refuse(attested,
           fmt::format("its key hash is {0}, but it was {1} when it was attested before; "
                       "if the CAS was really set up anew, accept the new key with -c {0}",
                       key, before->cas_key_hash));
}

void check_critical(const Attested& attested, const AttestOptions& options) {
  const AdditionalData& data = attested.report.additional_data;
  if (!data.unknown_critical.empty())
    refuse(attested, fmt::format("its report has the critical member '{}', which this program does "
                                 "not know; use a newer version",
                                 data.unknown_critical.front().substr(0, 64)));
  if (!data.provisioned && !options.testing_allow_unprovisioned)
    refuse(attested,
           "it is not provisioned yet; provision it first (sconectl cas provision), or accept it "
           "for a test with --only_for_testing_allow-unprovisioned-cas");
  if (data.injected_database_key && !options.allow_cas_owner_secret_access)
    refuse(attested,
           "its owner chose the key of its database, so can read all secrets; accept that with "
           "--allow-cas-owner-secret-access");
}

void check_evidence(const Attested& attested, std::string_view preimage,
                    const AttestOptions& options, const std::string& key,
                    const JudgeEvidence& judge) {
  const Evidence& evidence = attested.report.evidence;
  if (evidence.type == "none") {
    if (options.cas_key_hash || options.takes_any()) return;
    refuse(attested,
           fmt::format("it runs without a trusted execution environment (evidence: none). If you "
                       "run this CAS yourself, compare its key hash {0} with the one that it "
                       "printed at its start and pin it with -c {0}; for a test, accept any CAS "
                       "with --only_for_testing-debug --only_for_testing-ignore-signer "
                       "--only_for_testing-trust-any",
                       key));
  }
  if (!judge)
    throw Error(ErrorKind::unsupported,
                fmt::format("CAS at {}: this build can not verify evidence of type {}",
                            attested.url, evidence.type));
  if (const std::string refusal = judge(evidence, crypto::sha512(preimage), options);
      !refusal.empty())
    refuse(attested, refusal);
}

std::string attestation_record(const Attested& attested, const AttestOptions& options) {
  const std::string& type = attested.report.evidence.type;
  const char* by = type != "none" ? "evidence" : options.cas_key_hash ? "key pin" : "first use";
  return json_text({{"evidence", type},
                    {"trusted_by", by},
                    {"cas_version", attested.report.additional_data.cas_version}});
}

/// Of the root: behind the certificates of server and software. After it come those before it.
std::string shown_key(const std::vector<Certificate>& presented) {
  return key_hash(presented[std::min<std::size_t>(2, presented.size() - 1)]);
}

std::string known_refusal(const KnownCas& known, const std::vector<Certificate>& presented) {
  std::vector<Certificate> pinned;
  try {
    pinned = crypto::certificates_from_pem(known.chain);
  } catch (const Error&) {
    // Said below: an unreadable chain and an empty one are the same to the user.
  }
  if (pinned.empty())
    return "its entry in the CLI state file holds no certificates; attest it again";
  const Certificate roots[] = {pinned.back()};
  if (crypto::verify_chain(presented.front(), presented, roots)) return "";
  return fmt::format(
      "it shows the key hash {}, but {} was pinned when it was attested; it is another CAS, or "
      "somebody stands in between. If it was really set up anew, attest it again with the new key",
      shown_key(presented), key_hash(pinned.back()));
}

std::string pin_refusal(const PinnedKey& pin, const std::vector<Certificate>& presented) {
  for (const Certificate& certificate : presented) {
    if (key_hash(certificate) != pin.key_hash) continue;
    const Certificate roots[] = {certificate};
    const bool is_leaf = &certificate == &presented.front();
    if (is_leaf || crypto::verify_chain(presented.front(), presented, roots)) return "";
  }
  return fmt::format("it shows the key hash {}, but {} is demanded", shown_key(presented),
                     pin.key_hash);
}

}  // namespace

KnownCas trusted_cas(const Attested& attested, const AttestOptions& options, const KnownCas* before,
                     const JudgeEvidence& judge) {
  check_options(options);
  const AdditionalData& data = attested.report.additional_data;
  const std::string preimage = report_data_preimage(data, attested.nonce);
  const ReportedChain chain = reported_chain(attested);
  check_connection(attested, chain);
  check_nonce(attested, preimage);
  check_critical(attested, options);
  check_keys(attested, chain, options, before);
  check_evidence(attested, preimage, options, key_hash(chain.root()), judge);
  KnownCas known = before != nullptr ? *before : KnownCas{};
  known.url = attested.url;
  known.chain.clear();
  for (const auto& certificate : chain.all) known.chain += certificate.pem();
  known.cas_key_hash = key_hash(chain.root());
  known.cas_software_key_hash = key_hash(chain.software());
  known.session_encryption_key = data.session_encryption_key;
  known.attestation = attestation_record(attested, options);
  return known;
}

std::string chain_refusal(const Trust& trust, std::span<const std::string> chain) {
  if (std::holds_alternative<TrustAny>(trust)) return "";
  std::vector<Certificate> presented;
  try {
    presented = certificates(chain);
  } catch (const Error&) {
    return "its certificates can not be read";
  }
  if (presented.empty()) return "it shows no certificate";
  if (const auto* known = std::get_if<KnownCas>(&trust)) return known_refusal(*known, presented);
  return pin_refusal(std::get<PinnedKey>(trust), presented);
}

}  // namespace sconectl::cas
