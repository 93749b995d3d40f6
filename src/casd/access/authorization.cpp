#include "casd/access/authorization.hpp"

#include "casd/sessions/root_session.hpp"
#include "sconectl/crypto/certificate_print.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

using session::Operation;

namespace {

diag::Error would_wait() {
  return {diag::ErrorKind::failed, "a write was decided where nothing may be waited for"};
}

}  // namespace

session::Caller caller_of(const Peer& peer) {
  session::Caller caller;
  if (!peer.certificate_pem) return caller;
  auto print = crypto::certificate_print(*peer.certificate_pem);
  caller.tls_key = print.key;
  caller.certificate_hash = std::move(print.pem_sha256);
  return caller;
}

/// A placeholder that is left out grants nothing, so a yes without it is a yes.
std::optional<session::Decision> Authorization::decide(const LoadedSession& active,
                                                       Operation operation) const {
  bool left_out = false;
  auto decision =
      session::decide(active.session, operation, caller_,
                      [&](const session::Placeholder& placeholder) -> std::optional<yaml::Value> {
                        if (waiting_ == Waiting::allowed || !secrets_.may_wait(active, placeholder))
                          return secrets_.node(active, placeholder);
                        left_out = true;
                        return std::nullopt;
                      });
  if (left_out && !decision.granted) return std::nullopt;
  return decision;
}

std::optional<ReadableSession> Authorization::known_reader(const session::Caller& caller,
                                                           const StoredSessionPtr& active) {
  if (!caller.tls_key || active->sure_reader.empty() ||
      crypto::view(*caller.tls_key) != active->sure_reader)
    return std::nullopt;
  return ReadableSession(active);
}

bool Authorization::require(const LoadedSession& active, Operation operation) const {
  const auto decision = decide(active, operation);
  if (!decision) return false;
  if (decision->granted) return true;
  std::vector<std::string> causes;
  const auto reading = operation == Operation::read ? decision : decide(active, Operation::read);
  if (!reading) return false;
  if (reading->granted) {
    causes = decision->reasons;
    if (!decision->needed.empty()) causes.push_back("needed: " + decision->needed);
  } else if (caller_.anonymous()) {
    causes.emplace_back("no TLS client certificate was presented");
  }
  throw diag::Error(
      caller_.anonymous() ? diag::ErrorKind::unauthenticated : diag::ErrorKind::refused,
      decision->refusal, std::move(causes));
}

std::optional<ReadableSession> Authorization::read(const LoadedSession& active) const {
  if (!require(active, Operation::read)) return std::nullopt;
  return ReadableSession(active.version);
}

std::optional<ReadableHash> Authorization::read_hash(const LoadedSession& active) const {
  if (!active.stored.salted && !require(active, Operation::read)) return std::nullopt;
  return ReadableHash(active.stored);
}

std::optional<ListableNamespace> Authorization::list(const LoadedSession& active) const {
  if (!require(active, Operation::list_sessions)) return std::nullopt;
  return ListableNamespace(active.session.name);
}

SessionWritePermission Authorization::update(const LoadedSession& active) const {
  if (!require(active, Operation::update)) throw would_wait();
  return SessionWritePermission(active.session.name);
}

OwnedSession Authorization::own(const LoadedSessionPtr& active) const {
  return {active, update(*active)};
}

SessionWritePermission Authorization::create(const LoadedSession& parent,
                                             const std::string& name) const {
  if (!require(parent, Operation::create_sessions)) throw would_wait();
  return SessionWritePermission(name);
}

SessionWritePermission Authorization::claim_root(const LoadedSession& active) {
  if (active.stored.hash != default_root_hash())
    throw diag::Error(diag::ErrorKind::refused, "the root session belongs to somebody already");
  return SessionWritePermission("/");
}

}  // namespace sconectl::casd
