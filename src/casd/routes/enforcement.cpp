#include "casd/routes/enforcement.hpp"

#include <algorithm>

#include "casd/routes/refusal.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::size_t longest_chain = 8;
/// Public values that a thread that serves connections reads.
constexpr std::size_t most_values_at_once = 16;
/// Beyond this, something is wrong: every decision loses only to an upload that was stored.
constexpr int most_decisions = 100;

/// What the connection proved, then what leads from there to the CAS's key. Whether it does is
/// judged for the key that an export names.
std::vector<std::string> certificates_of(const Peer& peer, const cas::ExportRequest& request) {
  if (!peer.certificate_pem)
    throw Error(ErrorKind::unauthenticated,
                "a CAS asks for a secret with the certificate of its server");
  std::vector<std::string> result{*peer.certificate_pem};
  for (const auto& certificate : crypto::certificates_from_pem(request.cas_chain))
    result.push_back(certificate.pem());
  if (result.size() > longest_chain)
    throw Error(ErrorKind::invalid, "the chain of certificates is too long");
  return result;
}

/// One request, judged by the rule of its route.
class Enforcement {
 public:
  Enforcement(CasState& state, const Call& call, const Peer& peer, std::size_t import_hops,
              Waiting waiting)
      : state_(state),
        call_(call),
        peer_(peer),
        waiting_(waiting),
        secrets_(state.secret_sources, std::make_shared<ImportBudget>(import_hops)),
        context_{state, call, secrets_, peer.source} {}

  std::optional<Response> operator()(const Public& rule) {
    if (forbidden() && rule.may_wait != nullptr && rule.may_wait(state_)) return std::nullopt;
    return rule.answer(context_);
  }

  std::optional<Response> operator()(const ForPublicSecrets& rule) {
    auto query = cas::parse_values_query(call_.rest);
    if (query.session.empty()) query.session = "/";
    if (query.session_hash) query.session_hash = lower_hash(*query.session_hash, "session_hash");
    const auto session = state_.sessions.required(query.session);
    if (query.session_hash && !may_have_hash(*session)) return std::nullopt;
    if (query.session_hash && *query.session_hash != session->stored.hash)
      throw Error(ErrorKind::not_found, std::string(cas::message::session_hash_mismatch));
    const auto found = secrets_.public_secrets(session, query.secret);
    if (query.secret && found.secrets().empty()) throw secret_not_public(query);
    // Reading many takes long, and others wait for this thread.
    if (forbidden() && found.secrets().size() > most_values_at_once) return std::nullopt;
    for (const auto* secret : found.secrets())
      if (forbidden() && secrets_.may_wait(*session, secret->name)) return std::nullopt;
    return rule.answer(context_, query, found);
  }

  std::optional<Response> operator()(const ForSessionReader& rule) {
    const bool older = rule.shows == ForSessionReader::Versions::all ||
                       (rule.shows == ForSessionReader::Versions::asked_for &&
                        call_.parameter("hash").has_value());
    if (older && must_not_wait_for_store()) return std::nullopt;
    const auto caller = caller_of(peer_);
    const auto name = call_.session_name();
    const auto active = state_.store.active(name);
    if (!active) throw session_not_found(name);
    if (const auto known = Authorization::known_reader(caller, active))
      return rule.answer(context_, *known);
    const auto session = state_.sessions.parsed(active);
    return answered(rule, Authorization(secrets_, caller, waiting_).read(*session));
  }

  std::optional<Response> operator()(const ForHashReader& rule) {
    const auto caller = caller_of(peer_);
    const auto session = state_.sessions.required(call_.session_name());
    return answered(rule, Authorization(secrets_, caller, waiting_).read_hash(*session));
  }

  std::optional<Response> operator()(const ForNamespaceLister& rule) {
    if (must_not_wait_for_store()) return std::nullopt;
    const auto caller = caller_of(peer_);
    const auto given = call_.parameter("namespace").value_or("/");
    const auto session = state_.sessions.required(given.empty() ? "/" : session::normalised(given));
    return answered(rule, Authorization(secrets_, caller, waiting_).list(*session));
  }

  std::optional<Response> operator()(const ForSessionOwner& rule) {
    if (forbidden()) return std::nullopt;
    const auto caller = caller_of(peer_);
    const auto session = state_.sessions.required(call_.session_name());
    return rule.answer(context_, Authorization(secrets_, caller).own(session));
  }

  std::optional<Response> operator()(const ForSessionChecker& rule) {
    if (forbidden()) return std::nullopt;
    if (!peer_.certificate_pem)
      throw Error(ErrorKind::unauthenticated, "checking a session needs a TLS client certificate");
    return rule.answer(context_, upload(UploadForm::any));
  }

  std::optional<Response> operator()(const ForSessionWriter& rule) {
    if (forbidden()) return std::nullopt;
    const auto given = upload(rule.form);
    for (int i = 0; i < most_decisions; ++i)
      if (auto response = rule.answer(context_, allow_upload(state_, given))) return response;
    throw Error(ErrorKind::unavailable, "the session's namespace changes too often; try again");
  }

  std::optional<Response> operator()(const ForPeerCas& rule) {
    if (forbidden()) return std::nullopt;
    const auto request = cas::decode_export_request(call_.body);
    const auto chain = certificates_of(peer_, request);
    const Importer importer{request.importer, request.importer_hash, chain};
    const auto secret = secrets_.exported_secret(
        importer, {session::normalised(request.session), request.session_hash, request.secret,
                   request.passed_on});
    return rule.answer(context_, request, secret);
  }

  std::optional<Response> operator()(const ForAttestedService& rule) {
    const auto request = cas::decode_config_request(call_.body);
    ServiceAuthentication authentication(request, peer_.source, secrets_, state_.evidence);
    if (forbidden() && authentication.may_wait(state_.sessions)) return std::nullopt;
    try {
      const auto service =
          authentication.authenticate(state_.sessions, state_.challenges, state_.token_guesses,
                                      state_.one_time_passwords, state_.clock.steady());
      return rule.answer(context_, request, service);
    } catch (const Error& error) {
      log_event(*state_.log, Severity::warning, "service refused", {{"reason", error.text()}});
      throw error.within(std::string(cas::message::service_configuration));
    }
  }

  template <class Message>
  std::optional<Response> operator()(const ForLeaseHolder<Message>& rule) {
    if (forbidden()) return std::nullopt;
    const auto request = rule.decode(call_.body);
    const auto service =
        LeaseHolder::of(request, rule.scope, state_.leases, state_.sessions, secrets_);
    return rule.answer(context_, request, service);
  }

  std::optional<Response> operator()(const ForProvisioner& rule) {
    if (forbidden()) return std::nullopt;
    const auto request = cas::decode_provision_request(call_.body);
    const auto now = state_.clock.steady();
    state_.provisioning_attempts.attempt("", peer_.source, now);
    const auto provisioner = state_.ownership.admit(peer_.certificate_pem, request.token);
    state_.provisioning_attempts.succeeded("", peer_.source);
    return rule.answer(context_, request, provisioner);
  }

  std::optional<Response> operator()(const ForOwner& rule) {
    if (rule.answer != nullptr) {
      if (forbidden()) return std::nullopt;
      return rule.answer(context_, state_.ownership.judge(peer_.certificate_pem));
    }
    throw Error(ErrorKind::unsupported, call_.method + " " +
                                            call_.target.substr(0, call_.target.find('?')) +
                                            " is not built into this CAS");
  }

 private:
  [[nodiscard]] bool forbidden() const { return waiting_ == Waiting::forbidden; }
  [[nodiscard]] bool must_not_wait_for_store() const {
    return forbidden() && !state_.store.verified();
  }

  [[nodiscard]] Upload upload(UploadForm form) const {
    auto result = read_upload(state_.identity, call_.body, form, peer_, caller_of(peer_));
    result.source = peer_.source;
    result.imports = secrets_.imports();
    return result;
  }

  /// The answer to a guessed hash tells whether it is the right one: only to who may have it.
  /// False: that is not known without waiting.
  [[nodiscard]] bool may_have_hash(const LoadedSession& session) {
    const auto caller = caller_of(peer_);
    try {
      return Authorization(secrets_, caller, waiting_).read_hash(session).has_value();
    } catch (const Error& error) {
      throw error.within("session_hash of a session without salt is compared only for its readers");
    }
  }

  template <class Rule, class Proof>
  std::optional<Response> answered(const Rule& rule, const std::optional<Proof>& proof) {
    if (!proof) return std::nullopt;
    return rule.answer(context_, *proof);
  }

  CasState& state_;
  const Call& call_;
  const Peer& peer_;
  Waiting waiting_;
  SecretReader secrets_;
  RequestContext context_;
};

}  // namespace

std::optional<Response> enforce(const AccessRule& rule, CasState& state, const Call& call,
                                const Request& request, Waiting waiting) {
  return std::visit(Enforcement(state, call, request.peer, request.import_hops, waiting), rule);
}

}  // namespace sconectl::casd
