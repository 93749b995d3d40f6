#include "casd/secrets/session_ca.hpp"

namespace sconectl::casd::secrets {
namespace {

const session::Secret& implicit() {
  static const session::Secret ca = [] {
    session::Secret secret;
    secret.name = session_ca_name;
    secret.body = session::SessionCa{};
    return secret;
  }();
  return ca;
}

}  // namespace

const session::Secret* find_secret(const LoadedSession& loaded, std::string_view name) {
  if (name != session_ca_name) return loaded.secret(name);
  const auto& session = loaded.session;
  if (!session.legacy()) return nullptr;
  for (const auto& secret : session.secrets) {
    if (std::holds_alternative<session::SessionCa>(secret.body)) return &secret;
  }
  return &implicit();
}

}  // namespace sconectl::casd::secrets
