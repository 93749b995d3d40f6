#include "sconectl/session/secret_index.hpp"

namespace sconectl::session {

SecretIndex::SecretIndex(const Session& session) {
  secrets_.reserve(session.secrets.size());
  for (const Secret& secret : session.secrets) secrets_.emplace(secret.name, &secret);
}

const Secret* SecretIndex::find(std::string_view name) const {
  const auto found = secrets_.find(name);
  return found == secrets_.end() ? nullptr : found->second;
}

}  // namespace sconectl::session
