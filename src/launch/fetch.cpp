#include <fmt/format.h>

#include <algorithm>

#include "connection.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/launch/launch.hpp"

namespace sconectl::launch {

using diag::Error;
using diag::ErrorKind;

namespace {

/// What is mounted for a container, and where Linux has it.
constexpr const char* usual_tsm_reports[] = {"/run/tsm/report", "/sys/kernel/config/tsm/report"};

constexpr std::chrono::milliseconds first_pause{1000};
constexpr std::chrono::milliseconds longest_pause{30'000};

/// RA-085: who answers must know the token too, and must have made exactly this reply.
void check_proofs(const Options& options, const cas::ConfigRequest& request,
                  const cas::ConfigReply& reply) {
  const std::string_view token = options.access_token.view();
  const std::string server =
      cas::proof(token, cas::ProofRole::server, request.nonce, request.public_key);
  const std::string config =
      cas::proof(token, cas::ProofRole::config, request.nonce, request.public_key, reply.sealed);
  if (reply.server_proof && cas::proof_matches(server, *reply.server_proof) && reply.config_proof &&
      cas::proof_matches(config, *reply.config_proof)) {
    return;
  }
  throw Error(ErrorKind::refused,
              fmt::format("the CAS at {} did not prove that it knows the service access token",
                          options.address.authority()));
}

/// With `auto` a machine that gives no evidence is like one that has none, but says so.
cas::Evidence evidence_about(const std::string& report_data, const Options& options,
                             EvidenceSource& source, const Report& report) {
  try {
    return source.about(report_data);
  } catch (const Error& error) {
    if (options.evidence == EvidenceChoice::tsm) throw;
    report(fmt::format("warning: {}", error.text()));
    return {};
  }
}

cas::Configuration fetch_once(const Options& options, EvidenceSource* evidence, cas::Client& cas,
                              const Report& report) {
  const crypto::X25519Pair pair = crypto::generate_x25519();
  cas::ConfigRequest request;
  request.config_id = options.config_id;
  request.public_key = pair.public_key;
  request.runs_already = options.is_renewal;
  request.nonce = cas.service_challenge().nonce;
  const bool has_token = !options.access_token.empty();
  if (has_token) {
    request.access_token_proof = cas::proof(options.access_token.view(), cas::ProofRole::client,
                                            request.nonce, request.public_key);
  }
  if (evidence != nullptr) {
    const auto key = crypto::parse_key_hash(options.cas_key.value_or(""));
    if (!key) throw Error(ErrorKind::usage, "evidence names the CAS: SCONE_CAS_KEY is needed");
    request.evidence =
        evidence_about(cas::report_data(request, crypto::view(*key)), options, *evidence, report);
  }
  const cas::ConfigReply reply = cas.service_config(request);
  if (has_token) check_proofs(options, request, reply);
  const crypto::Secret json = crypto::hpke_open(
      pair.private_key.view(), cas::configuration_seal_info(request), "", reply.sealed);
  return cas::decode_configuration(json.view());
}

}  // namespace

std::unique_ptr<EvidenceSource> evidence_source(const Options& options, const Report& report) {
  if (options.evidence == EvidenceChoice::none) return nullptr;
  const auto files = host::system_files();
  std::filesystem::path found = options.tsm_reports;
  if (found.empty())
    for (const char* usual : usual_tsm_reports)
      if (found.empty() && files->status(usual)) found = usual;
  if (found.empty() || !files->status(found)) {
    if (options.evidence == EvidenceChoice::automatic) return nullptr;
    throw Error(ErrorKind::unavailable,
                fmt::format("this machine gives no evidence: '{}' is not there",
                            found.empty() ? fmt::format("{}", fmt::join(usual_tsm_reports, "', '"))
                                          : found.string()));
  }
  if (options.cas_key) return tsm_evidence(report_directory(found));
  constexpr const char* why = "evidence names the CAS that it is for: set SCONE_CAS_KEY";
  if (options.evidence == EvidenceChoice::tsm) throw Error(ErrorKind::usage, why);
  report(fmt::format("warning: no evidence of this machine is sent: {}", why));
  return nullptr;
}

cas::Configuration fetch(const Options& options, EvidenceSource* evidence, host::Http& http,
                         host::Clock& clock, const Report& report) {
  if (!options.cas_key && options.access_token.empty()) {
    report(
        "warning: nothing proves that this is the right CAS: set SCONE_CAS_KEY to its key hash, or "
        "give the service an access token");
  }
  cas::Client cas = connection(options, http, clock);
  auto pause = first_pause;
  for (int attempt = 1;; ++attempt) {
    try {
      return fetch_once(options, evidence, cas, report);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unavailable || attempt >= options.attempts) {
        refuse(options, error);
      }
      const std::string& why = error.causes().empty() ? error.text() : error.causes().back();
      report(fmt::format("attempt {} of {}: {}; trying again in {} s", attempt, options.attempts,
                         why, pause.count() / 1000));
    }
    clock.sleep(pause);
    pause = std::min(pause * 2, longest_pause);
  }
}

}  // namespace sconectl::launch
