// One policy of a cluster to its CAS.
#include <nlohmann/json.hpp>

#include "action/status_text.hpp"
#include "sconectl/action/cas_attest.hpp"
#include "sconectl/action/controller.hpp"
#include "sconectl/cas/upload.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/session/signed_session.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::action {
namespace {

using kubernetes::Policy;
using kubernetes::PolicyKind;

/// While one CAS is silent, the policies of all others wait.
constexpr std::chrono::seconds upload_patience{5};

/// What is sent, and what must come of it.
struct ReadPolicy {
  std::string body;
  std::optional<session::Session> session;  ///< nothing for an encrypted one
};

ReadPolicy read_signed(const Policy& policy) {
  // As the file that it was made of, so that signatures are read in every form that files have.
  nlohmann::json file{{"session", policy.policy}, {"signatures", nlohmann::json::array()}};
  for (const kubernetes::PolicySignature& given : policy.signatures)
    file["signatures"].push_back({{"signer", given.signer}, {"signature", given.signature}});
  const session::SignedSession signed_session = session::parse_signed_session(file.dump());
  session::Session session = session::parse_text("spec.policy", policy.policy);
  (void)session::verified_signers(signed_session, session);
  return {session::json(signed_session), std::move(session)};
}

ReadPolicy read_encrypted(const Policy& policy) {
  auto sealed = crypto::unbase64(policy.policy);
  if (!sealed) throw diag::Error(diag::ErrorKind::invalid, "spec.policy is not base64");
  if (!text::is_hex(policy.encryption_key, 64))
    throw diag::Error(diag::ErrorKind::invalid, "spec.encryptionKey is not 64 hex digits");
  return {session::json(session::EncryptedSession{*std::move(sealed), policy.encryption_key}), {}};
}

ReadPolicy read(const Policy& policy) {
  if (!policy.fault.empty()) throw diag::Error(diag::ErrorKind::invalid, policy.fault);
  return policy.kind == PolicyKind::signed_policy ? read_signed(policy) : read_encrypted(policy);
}

CasOptions options_for(const Policy& policy, const CasKeys& keys) {
  CasOptions options;
  options.address = policy.cas_address;
  options.retries = 0;  // the controller has pauses of its own
  options.patience = upload_patience;
  const cas::Address asked = cas::parse_address(policy.cas_address);
  for (const auto& [address, key] : keys)
    if (cas::parse_address(address) == asked) options.key_hash = key;
  return options;
}

/// After a conflict: is our version the active one? It may have been uploaded before, by us or by
/// another controller.
bool is_active(cas::Client& client, const session::Session& session) {
  try {
    return client.session_hash(session.name).hash == session::hash(session);
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    return false;  // the conflict is the better news
  }
}

PolicyOutcome sent(Connection& connection, const ReadPolicy& read) {
  try {
    if (read.session) cas::require_extensions(connection.client, *read.session);
    const cas::SessionAccepted accepted = connection.client.create_session(read.body);
    if (read.session)
      cas::check_accepted(
          accepted,
          {session::Form::signed_session, read.body, *read.session, session::hash(*read.session)},
          std::nullopt);
    return {Verdict::uploaded, accepted.hash, "Uploaded", "the CAS has this session"};
  } catch (const diag::Error& error) {
    if (error.kind() != diag::ErrorKind::conflict || !read.session ||
        !is_active(connection.client, *read.session))
      throw;
  }
  return {Verdict::uploaded, session::hash(*read.session), "Uploaded",
          "the CAS had this session already"};
}

std::string_view reason_of(diag::ErrorKind kind) {
  switch (kind) {
    case diag::ErrorKind::unavailable:
    case diag::ErrorKind::too_many:
      return "CasUnreachable";
    case diag::ErrorKind::conflict:
      return "Conflict";
    default:
      return "RefusedByCas";
  }
}

}  // namespace

PolicyOutcome upload_policy(System& system, const cas::ConfigFile& config, const Policy& policy,
                            const CasKeys& cas_keys) {
  ReadPolicy read_policy;
  CasOptions options;
  try {
    read_policy = read(policy);
    options = options_for(policy, cas_keys);
  } catch (const diag::Error& error) {
    return {Verdict::invalid, "", "InvalidPolicy", one_line(error)};
  }
  std::optional<Connection> connection;
  try {
    cas::ConfigFile state = config;
    connection = connect(system, state, options, false);
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    return {Verdict::unreachable, "", "CasNotTrusted", one_line(error)};
  }
  try {
    return sent(*connection, read_policy);
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    const std::string reason(reason_of(error.kind()));
    const bool away = reason == "CasUnreachable";
    return {away ? Verdict::unreachable : Verdict::refused, "", reason, one_line(error)};
  }
}

}  // namespace sconectl::action
