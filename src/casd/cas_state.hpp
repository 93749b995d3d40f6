// The parts of a running CAS that requests share.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "casd/identity/identity.hpp"
#include "casd/provisioning/attempt_limiter.hpp"
#include "casd/provisioning/challenges.hpp"
#include "casd/provisioning/leases.hpp"
#include "casd/secrets/remote_secrets.hpp"
#include "casd/sessions/session_cache.hpp"
#include "casd/store/store.hpp"
#include "sconectl/casd/log.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/host/clock.hpp"

namespace sconectl::casd {

struct CasState {
  CasState(const ServiceOptions& options, host::Clock& system_clock);

  [[nodiscard]] crypto::Time now() const;
  void log(Level level, std::string text,
           std::vector<std::pair<std::string, std::string>> fields = {}) const;

  host::Clock& clock;
  Log logger;
  Store store;
  Identity identity;
  SessionCache sessions;
  Challenges challenges;
  Leases leases;
  AttemptLimiter otp_attempts;
  RemoteSecrets remote_secrets;
};

}  // namespace sconectl::casd
