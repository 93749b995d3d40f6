#include "casd/routes/enforcement.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "casd/routes/refusal.hpp"
#include "sconectl/cas/wire_namespaces.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/key_hash.hpp"
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

std::string identity_of(const Peer& peer) {
  const auto caller = caller_of(peer);
  return caller.tls_key ? crypto::key_hash(*caller.tls_key) : "";
}

/// Of a request, for the audit log: without hashes of sessions, from which a text could be guessed
/// (SL-056).
std::string noted_request(const Call& call) {
  const std::string_view target = call.target;
  const auto end = std::min(target.find('?'), target.find("session_hash="));
  return fmt::format("{} {}", call.method, target.substr(0, end));
}

/// Not what may go better the next time.
bool is_denial(ErrorKind kind) {
  return kind != ErrorKind::unavailable && kind != ErrorKind::too_many && kind != ErrorKind::failed;
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
        identity_(state.audit.on() ? identity_of(peer) : ""),
        context_{state, call, secrets_, peer.source, identity_} {}

  /// Of what this is about, as far as it came.
  void note_refusal(const Error& error) const {
    AuditEvent event("request_refused");
    event.with("request", noted_request(call_))
        .with("session", session_)
        .with("service", service_)
        .with("identity", identity_)
        .with("source", peer_.source)
        .with("denial", denial_)
        .with("status", cas::http_status(error.kind()))
        .with("reason", reason_.empty() ? error.text() : reason_);
    state_.audit.note_refusal(event);
  }

  /// Why this one was refused.
  [[nodiscard]] Refusal refusal(const Error& error) const {
    if (error.kind() == ErrorKind::unauthenticated) return Refusal::unauthenticated;
    if (error.kind() == ErrorKind::too_many) return Refusal::rate_limited;
    return refusal_;
  }

 private:
  /// It was decided: what is refused now is refused by the function.
  template <class Rule, class... Proof>
  auto give(const Rule& rule, const Proof&... proof) {
    refusal_ = Refusal::other;
    return rule.answer(context_, proof...);
  }

 public:
  std::optional<Response> operator()(const Public& rule) {
    if (forbidden() && rule.may_wait != nullptr && rule.may_wait(state_)) return std::nullopt;
    return give(rule);
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
    return give(rule, query, found);
  }

  std::optional<Response> operator()(const ForSessionReader& rule) {
    if (forbidden() && state_.audit.on()) return std::nullopt;
    const bool older = rule.shows == ForSessionReader::Versions::all ||
                       (rule.shows == ForSessionReader::Versions::asked_for &&
                        call_.parameter("hash").has_value());
    if (older && must_not_wait_for_store()) return std::nullopt;
    const auto caller = caller_of(peer_);
    const auto name = session_ = call_.session_name();
    const auto active = state_.store.active(name);
    if (!active) throw session_not_found(name);
    if (const auto known = Authorization::known_reader(caller, active)) return read(rule, *known);
    const auto session = state_.sessions.parsed(active);
    const auto proof = Authorization(secrets_, caller, waiting_).read(*session);
    if (!proof) return std::nullopt;
    return read(rule, *proof);
  }

  std::optional<Response> operator()(const ForDenialReader& rule) {
    if (forbidden()) return std::nullopt;
    const auto denial = state_.denials.find(call_.rest);
    if (!denial) throw no_such_denial();
    const auto caller = caller_of(peer_);
    const auto session = state_.sessions.required(session_ = denial->session);
    const auto proof = Authorization(secrets_, caller).read(*session).value();
    // Of another session, which had the name before this one.
    if (!state_.store.version(denial->session, denial->version)) throw no_such_denial();
    return give(rule, *denial, proof);
  }

  std::optional<Response> operator()(const ForHashReader& rule) {
    const auto caller = caller_of(peer_);
    const auto session = state_.sessions.required(session_ = call_.session_name());
    return answered(rule, Authorization(secrets_, caller, waiting_).read_hash(*session));
  }

  std::optional<Response> operator()(const ForNamespaceLister& rule) {
    if (must_not_wait_for_store()) return std::nullopt;
    const auto caller = caller_of(peer_);
    const auto given = call_.parameter("namespace").value_or("/");
    const auto session =
        state_.sessions.required(session_ = given.empty() ? "/" : session::normalised(given));
    return answered(rule, Authorization(secrets_, caller, waiting_).list(*session));
  }

  std::optional<Response> operator()(const ForSessionOwner& rule) {
    if (forbidden()) return std::nullopt;
    const auto caller = caller_of(peer_);
    const auto session = state_.sessions.required(session_ = call_.session_name());
    return give(rule, Authorization(secrets_, caller).own(session));
  }

  /// Whoever has the key is not held up by others at his address for longer than a wrong key is.
  std::optional<Response> operator()(const ForNamespaceKey& rule) {
    if (forbidden()) return std::nullopt;
    const auto request = cas::decode_namespace_key(call_.body);
    session_ = session::normalised(call_.session_name());
    refusal_ = Refusal::token;
    const auto sealed = state_.store.sealed_namespace(session_);
    if (!sealed || sealed->name != session_)  // a stranger's names cost no memory
      throw namespace_not_sealed(session_);
    state_.namespace_keys.attempt(session_, peer_.source, state_.clock.steady());
    const auto key = state_.store.proven_key(session_, request.key);
    if (!key)
      throw Error(ErrorKind::refused, "this is not the key of namespace '" + session_ + "'");
    state_.namespace_keys.succeeded(session_, peer_.source);
    return give(rule, *key);
  }

  std::optional<Response> operator()(const ForSessionChecker& rule) {
    if (forbidden()) return std::nullopt;
    if (!peer_.certificate_pem)
      throw Error(ErrorKind::unauthenticated, "checking a session needs a TLS client certificate");
    return give(rule, upload(UploadForm::any));
  }

  std::optional<Response> operator()(const ForSessionWriter& rule) {
    if (forbidden()) return std::nullopt;
    const auto given = upload(rule.form);
    session_ = given.session.name;
    for (int i = 0; i < most_decisions; ++i, refusal_ = Refusal::access_policy)
      if (auto response = give(rule, allow_upload(state_, given))) return response;
    throw Error(ErrorKind::unavailable, "the session's namespace changes too often; try again");
  }

  std::optional<Response> operator()(const ForPeerCas& rule) {
    if (forbidden()) return std::nullopt;
    const auto request = cas::decode_export_request(call_.body);
    session_ = request.session;
    refusal_ = Refusal::not_exported;
    const auto chain = certificates_of(peer_, request);
    const Importer importer{request.importer, request.importer_hash, chain};
    const auto secret = secrets_.exported_secret(
        importer, {session::normalised(request.session), request.session_hash, request.secret,
                   request.passed_on});
    return give(rule, request, secret);
  }

  std::optional<Response> operator()(const ForAttestedService& rule) {
    const auto request = cas::decode_config_request(call_.body);
    ServiceAuthentication authentication(request, peer_.source, secrets_, state_.evidence);
    if (forbidden() &&
        (state_.audit.on() || state_.releases.kept() || authentication.may_wait(state_.sessions)))
      return std::nullopt;
    name_service(request.config_id);
    try {
      const auto service =
          authentication.authenticate(state_.sessions, state_.challenges, state_.token_guesses,
                                      state_.one_time_passwords, state_.clock.steady());
      return give(rule, request, service);
    } catch (const Error& error) {
      service_refused(request, error, authentication);
    }
  }

  template <class Message>
  std::optional<Response> operator()(const ForLeaseHolder<Message>& rule) {
    if (forbidden()) return std::nullopt;
    const auto request = rule.decode(call_.body);
    name_service(request.message.claim.service);
    refusal_ = Refusal::lease;
    const auto service =
        LeaseHolder::of(request, rule.scope, state_.leases, state_.sessions, secrets_);
    return give(rule, request, service);
  }

  std::optional<Response> operator()(const ForAuditor& rule) {
    if (forbidden()) return std::nullopt;
    if (state_.ownership.provisioned()) {
      refusal_ = Refusal::owner;
      (void)state_.ownership.judge(peer_.certificate_pem);
    } else
      (void)Authorization(secrets_, caller_of(peer_))
          .own(state_.sessions.required(session_ = std::string("/")));
    return give(rule);
  }

  std::optional<Response> operator()(const ForProvisioner& rule) {
    if (forbidden()) return std::nullopt;
    const auto request = cas::decode_provision_request(call_.body);
    refusal_ = Refusal::token;
    return give(rule, request, admitted(request.token));
  }

  std::optional<Response> operator()(const ForOwner& rule) {
    if (rule.answer != nullptr) {
      if (forbidden()) return std::nullopt;
      refusal_ = Refusal::owner;
      return give(rule, state_.ownership.judge(peer_.certificate_pem));
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

  /// The service is told nothing but an id. It has one, too, where nothing is remembered: because
  /// there is no such session, or because what went wrong is no denial.
  [[noreturn]] void service_refused(const cas::ConfigRequest& request, const Error& error,
                                    const ServiceAuthentication& authentication) {
    if (refusal_ != Refusal::other) refusal_ = authentication.judged();
    reason_ = error.text();
    const auto outer = error.within(std::string(cas::message::service_configuration));
    if (!is_denial(error.kind())) {
      log_event(*state_.log, Severity::warning, "service refused", {{"reason", reason_}});
      throw outer;
    }
    denial_ = state_.remember_denial(request.config_id, authentication.session(), peer_.source,
                                     refusal_, authentication.reasons(error));
    log_event(*state_.log, Severity::warning, "service refused",
              {{"denial", denial_}, {"reason", reason_}});
    auto causes = outer.causes();
    causes.push_back(fmt::format(
        "denial {}: whoever may read the session learns why by 'sconectl cas explain {}'", denial_,
        denial_));
    throw Error(outer.kind(), outer.text(), std::move(causes));
  }

  /// Whoever shows the right token is let in, however many others at his address have guessed.
  [[nodiscard]] Provisioner admitted(const crypto::Secret& token) {
    try {
      return state_.ownership.admit(peer_.certificate_pem, token);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::refused)
        state_.provisioning_attempts.attempt("", peer_.source, state_.clock.steady());
      throw;
    }
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

  /// A one-time password is not named.
  void name_service(const std::string& config_id) {
    if (!state_.audit.on()) return;
    try {
      const auto id = session::parse_config_id(config_id);
      session_ = id.session;
      service_ = id.service;
    } catch (const Error&) {  // said in its turn
    }
  }

  Response read(const ForSessionReader& rule, const ReadableSession& session) {
    auto response = give(rule, session);
    if (!state_.audit.on()) return response;
    AuditEvent event("session_read");
    event.about(session.version())
        .with("request", noted_request(call_))
        .with("identity", identity_)
        .with("source", peer_.source);
    state_.audit.note(event);
    return response;
  }

  template <class Rule, class Proof>
  std::optional<Response> answered(const Rule& rule, const std::optional<Proof>& proof) {
    if (!proof) return std::nullopt;
    return give(rule, *proof);
  }

  CasState& state_;
  const Call& call_;
  const Peer& peer_;
  Waiting waiting_;
  SecretReader secrets_;
  const std::string identity_;
  RequestContext context_;
  // For refusals:
  std::string session_, service_, reason_, denial_;
  Refusal refusal_ = Refusal::access_policy;
};

/// Who may not do something, and who has not proved who he is.
bool is_refusal(ErrorKind kind) {
  return kind == ErrorKind::refused || kind == ErrorKind::unauthenticated ||
         kind == ErrorKind::too_many;
}

}  // namespace

std::optional<Response> enforce(const AccessRule& rule, CasState& state, const Call& call,
                                const Request& request, Waiting waiting,
                                std::optional<Refusal>& refusal) {
  Enforcement enforcement(state, call, request.peer, request.import_hops, waiting);
  try {
    return std::visit(enforcement, rule);
  } catch (const Error& error) {
    if (!is_refusal(error.kind())) throw;
    refusal = enforcement.refusal(error);
    if (!state.audit.on()) throw;
    if (waiting == Waiting::forbidden) return std::nullopt;  // it is refused again, and noted
    enforcement.note_refusal(error);
    throw;
  }
}

}  // namespace sconectl::casd
