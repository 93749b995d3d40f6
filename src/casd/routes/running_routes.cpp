// What a running service may still ask and report (RA-084, RA-087, SL-248).
#include <algorithm>

#include "casd/provisioning/file_systems.hpp"
#include "casd/routes/routes.hpp"
#include "sconectl/cas/wire_running.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

/// The service that speaks, after it has shown its lease.
struct Running {
  LoadedSessionPtr session;
  const session::Service* service = nullptr;
  crypto::Secret key;  ///< of its lease
};

/// The proof comes first: without it nobody learns what sessions and services there are.
template <class Message>
Running running(const CasState& state, const cas::WithLeaseProof<Message>& claimed) {
  const auto& claim = claimed.message.claim;
  const auto id = session::parse_config_id(claim.service);
  auto key = state.leases.key(id.session, id.service, claim.lease);
  if (id.otp || !cas::proof_matches(cas::lease_proof(key.view(), claimed.message), claimed.proof))
    throw Error(ErrorKind::refused,
                "the lease is not one that this CAS gave to service '" + claim.service + "'");
  Running result{state.sessions.required(id.session), nullptr, std::move(key)};
  result.service = result.session->session.find_service(id.service);
  if (result.service == nullptr)
    throw Error(ErrorKind::not_found,
                "session '" + id.session + "' has no service '" + id.service + "' any more");
  return result;
}

Response update_tag(CasState& state, const Call& call,
                    const cas::WithLeaseProof<cas::TagUpdate>& claimed) {
  const auto from = running(state, claimed);
  const auto& update = claimed.message;
  SecretReader secrets(state, call.request.may_wait);
  FileSystems file_systems(state.store, state.sessions, secrets);
  try {
    const auto reply = file_systems.update(*from.session, *from.service, update);
    state.log(Level::debug, "tag updated",
              {{"service", update.claim.service}, {"volume", update.volume.value_or("")}});
    return json_response(200, cas::encode(reply));
  } catch (const Error& error) {
    state.log(Level::warning, "tag refused",
              {{"service", update.claim.service},
               {"volume", update.volume.value_or("")},
               {"reason", error.text()}});
    throw;
  }
}

/// SL-248, SL-249: files may use every secret unless the image lists them, the program only those
/// that are listed.
bool may_have(const LoadedSession& session, const session::Service& service, cas::SecretUse use,
              const std::string& secret) {
  const auto* image =
      service.image_name ? session.session.find_image(*service.image_name) : nullptr;
  if (image == nullptr || !image->provide_secrets)
    return use == cas::SecretUse::file && image != nullptr;
  const auto& listed = *image->provide_secrets;
  return std::find(listed.begin(), listed.end(), secret) != listed.end();
}

session::Placeholder placeholder_of(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos) return session::Placeholder(text);
  return session::Placeholder(text.substr(0, colon), text.substr(colon + 1));
}

/// All of them or none: a file with half of its values is of no use.
std::vector<crypto::Secret> values_of(SecretReader& secrets, const Running& from,
                                      const cas::SecretsRequest& request) {
  std::vector<crypto::Secret> values;
  for (const auto& text : request.placeholders) {
    const auto placeholder = placeholder_of(text);
    const auto target = session::target(placeholder, [&from](std::string_view name) {
      return from.session->session.find_secret(name) != nullptr;
    });
    if (!may_have(*from.session, *from.service, request.use, target.secret))
      throw Error(ErrorKind::refused, "secret '" + target.secret +
                                          "' is not provided to service '" + from.service->name +
                                          "' (provide_secrets)");
    values.push_back(secrets.text(*from.session, placeholder));
  }
  return values;
}

}  // namespace

Response update_volume_tag(CasState& state, const Call& call) {
  return update_tag(state, call, cas::decode_volume_tag(call.request.body));
}

Response update_fspf_tag(CasState& state, const Call& call) {
  return update_tag(state, call, cas::decode_fspf_tag(call.request.body));
}

Response provide_secrets(CasState& state, const Call& call) {
  const auto claimed = cas::decode_secrets_request(call.request.body);
  const auto from = running(state, claimed);
  SecretReader secrets(state, call.request.may_wait);
  const auto clear = cas::encode_values(values_of(secrets, from, claimed.message));
  cas::SecretsReply reply;
  reply.sealed = crypto::hpke_seal(claimed.message.public_key,
                                   cas::secrets_seal_info(claimed.proof), "", clear.view());
  reply.proof = cas::secrets_reply_proof(from.key.view(), claimed.proof, reply.sealed);
  state.log(Level::info, "secrets given to a service",
            {{"service", claimed.message.claim.service},
             {"count", std::to_string(claimed.message.placeholders.size())}});
  return json_response(200, cas::encode(reply));
}

Response note_exit(CasState& state, const Call& call) {
  const auto claimed = cas::decode_exit_report(call.request.body);
  (void)running(state, claimed);
  state.log(Level::info, "service exited",
            {{"service", claimed.message.claim.service},
             {"status", std::to_string(claimed.message.status)}});
  return json_response(200, "{}");
}

}  // namespace sconectl::casd
