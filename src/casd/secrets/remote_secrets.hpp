// Secrets from other CASes (SL-188).
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>

#include "casd/identity/identity.hpp"
#include "casd/secrets/secret_material.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/host/clock.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::casd {

class RemoteSecrets {
 public:
  /// `http` may be a null pointer: then there is no way to other CASes, and fetch() says so.
  RemoteSecrets(host::Http* http, host::Clock& clock, const Identity& identity)
      : http_(http), clock_(clock), identity_(identity) {}

  /// Asks the CAS at `cas.url`, which must prove the key that `cas` names; we prove ours. The
  /// certificates and the key of the reply are filled in here. Throws Error{unavailable} if it does
  /// not answer (and for some seconds after that without asking again) or if too many answers are
  /// waited for already, Error{refused} with its reason if it says no, Error{not_found} if it has
  /// no such session.
  [[nodiscard]] SecretMaterial fetch(const session::RemoteCas& cas, cas::ExportRequest request);

 private:
  class WaitingPlace;
  void refuse_if_silent(const std::string& url);

  host::Http* http_;
  host::Clock& clock_;
  const Identity& identity_;
  std::mutex mutex_;
  /// Until when a CAS that did not answer is left alone.
  std::map<std::string, std::chrono::steady_clock::time_point> silent_;
  std::atomic<std::size_t> waiting_ = 0;
};

}  // namespace sconectl::casd
