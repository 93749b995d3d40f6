// How errors name a secret.
#pragma once

#include <string>

#include "casd/sessions/session_cache.hpp"

namespace sconectl::casd {

/// "secret 'x' of session 'a/b'"
[[nodiscard]] inline std::string secret_label(const LoadedSession& session,
                                              const std::string& secret) {
  return "secret '" + secret + "' of session '" + session.session.name + "'";
}

}  // namespace sconectl::casd
