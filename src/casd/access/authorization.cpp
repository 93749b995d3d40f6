#include "casd/access/authorization.hpp"

#include "sconectl/crypto/certificate_print.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

using session::Operation;

session::Caller caller_of(const Peer& peer) {
  session::Caller caller;
  if (!peer.certificate_pem) return caller;
  auto print = crypto::certificate_print(*peer.certificate_pem);
  caller.tls_key = print.key;
  caller.certificate_hash = std::move(print.pem_sha256);
  return caller;
}

session::Decision Authorization::decide(const LoadedSession& active, Operation operation) const {
  return session::decide(
      active.session, operation, caller_,
      [&](const session::Placeholder& placeholder) -> std::optional<yaml::Value> {
        return secrets_.node(active, placeholder);
      });
}

bool Authorization::may(const LoadedSession& active, Operation operation) const {
  return decide(active, operation).granted;
}

void Authorization::require(const LoadedSession& active, Operation operation) const {
  const auto decision = decide(active, operation);
  if (decision.granted) return;
  std::vector<std::string> causes;
  if (operation != Operation::read && may(active, Operation::read)) {
    causes = decision.reasons;
    if (!decision.needed.empty()) causes.push_back("needed: " + decision.needed);
  } else if (caller_.anonymous()) {
    causes.emplace_back("no TLS client certificate was presented");
  }
  throw diag::Error(
      caller_.anonymous() ? diag::ErrorKind::unauthenticated : diag::ErrorKind::refused,
      decision.refusal, std::move(causes));
}

SessionWritePermission Authorization::update(const LoadedSession& active) const {
  require(active, Operation::update);
  return SessionWritePermission(active.session.name);
}

SessionWritePermission Authorization::create(const LoadedSession& parent,
                                             const std::string& name) const {
  require(parent, Operation::create_sessions);
  return SessionWritePermission(name);
}

SessionWritePermission Authorization::claim_root() {
  return SessionWritePermission("/");
}

SessionWritePermission Authorization::first_start() {
  return SessionWritePermission("/");
}

}  // namespace sconectl::casd
