// Errors of this part: they name the secret and the reason, never a value.
#pragma once

#include <string>

#include "sconectl/diag/error.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::casd::secrets {

[[noreturn]] inline void refuse(const session::Secret& secret, const std::string& reason) {
  throw diag::Error(diag::ErrorKind::invalid, "secret '" + secret.name + "': " + reason);
}

/// Runs `make`; what it throws is told as a fault of this secret.
template <typename Make>
auto with_secret_name(const session::Secret& secret, Make make) {
  try {
    return make();
  } catch (const diag::Error& error) {
    throw diag::Error(error.kind(), "secret '" + secret.name + "': " + error.text(),
                      error.causes());
  }
}

}  // namespace sconectl::casd::secrets
