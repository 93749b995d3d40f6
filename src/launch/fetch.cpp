#include <fmt/format.h>

#include <algorithm>

#include "connection.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/launch/launch.hpp"

namespace sconectl::launch {

using diag::Error;
using diag::ErrorKind;

namespace {

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

cas::Configuration fetch_once(const Options& options, cas::Client& cas) {
  const crypto::X25519Pair pair = crypto::generate_x25519();
  cas::ConfigRequest request;
  request.config_id = options.config_id;
  request.public_key = pair.public_key;
  request.nonce = cas.service_challenge().nonce;
  const bool has_token = !options.access_token.empty();
  if (has_token) {
    request.access_token_proof = cas::proof(options.access_token.view(), cas::ProofRole::client,
                                            request.nonce, request.public_key);
  }
  const cas::ConfigReply reply = cas.service_config(request);
  if (has_token) check_proofs(options, request, reply);
  const crypto::Secret json = crypto::hpke_open(
      pair.private_key.view(), cas::configuration_seal_info(request), "", reply.sealed);
  return cas::decode_configuration(json.view());
}

}  // namespace

cas::Configuration fetch(const Options& options, host::Http& http, host::Clock& clock,
                         const Report& report) {
  if (!options.cas_key && options.access_token.empty()) {
    report(
        "warning: nothing proves that this is the right CAS: set SCONE_CAS_KEY to its key hash, or "
        "give the service an access token");
  }
  cas::Client cas = connection(options, http, clock);
  auto pause = first_pause;
  for (int attempt = 1;; ++attempt) {
    try {
      return fetch_once(options, cas);
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
