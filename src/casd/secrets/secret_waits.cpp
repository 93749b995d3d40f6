// What a SecretReader may have to wait for, told from the texts of the sessions alone.
#include <set>

#include "casd/secrets/secret_reader.hpp"
#include "casd/secrets/session_ca.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::casd {

namespace {

/// Its value, or the token that it is, is Azure's.
bool is_azure(const session::Secret& secret) {
  return std::holds_alternative<session::AkvImport>(secret.body) ||
         std::holds_alternative<session::AadToken>(secret.body);
}

/// A key vault keeps its value.
bool is_in_vault(const LoadedSession& session, const session::Secret& secret) {
  return session.session.secret_store && secret.generated();
}

/// A certificate that can be outdated: by time, or because its key or issuer is another session's.
bool may_be_renewed(const LoadedSession& session, const session::Secret& secret) {
  const auto* x509 = std::get_if<session::X509>(&secret.body);
  if (x509 == nullptr || !secret.generated()) return false;
  if (x509->valid_for) return true;
  for (const auto& name : secrets::needs(secret))
    if (const auto* needed = secrets::find_secret(session, name);
        needed != nullptr && needed->imported())
      return true;
  return false;
}

}  // namespace

/// Follows keys, issuers and imports; each secret once, so that no tangle of them takes long.
bool SecretReader::may_wait(const LoadedSession& session, std::string_view name) {
  struct Step {
    const LoadedSession* session;
    const session::Secret* secret;
  };
  std::set<const session::Secret*> seen;
  std::vector<Step> steps;
  const auto visit = [&](const LoadedSession& where, std::string_view what) {
    const auto* secret = secrets::find_secret(where, what);
    if (secret != nullptr && seen.insert(secret).second) steps.push_back({&where, secret});
  };
  visit(session, name);
  while (!steps.empty()) {
    const auto [where, secret] = steps.back();
    steps.pop_back();
    if (is_azure(*secret) || is_in_vault(*where, *secret) || may_be_renewed(*where, *secret))
      return true;
    for (const auto& needed : secrets::needs(*secret)) visit(*where, needed);
    const auto* import = std::get_if<session::SecretImport>(&secret->body);
    if (import == nullptr) continue;
    if (import->cas) return true;
    if (const auto& source = active(session::resolve(where->session.name, import->session)))
      visit(*source, import->secret);
  }
  return false;
}

}  // namespace sconectl::casd
