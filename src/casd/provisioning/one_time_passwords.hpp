// One-time passwords of services (SL-307 ... SL-311).
#pragma once

#include <string>
#include <string_view>

#include "casd/provisioning/attempt_limiter.hpp"
#include "casd/store/store.hpp"
#include "sconectl/host/clock.hpp"

namespace sconectl::casd {

class OneTimePasswords {
 public:
  OneTimePasswords(Store& store, const host::Clock& clock) : store_(store), clock_(clock) {}

  /// Accepts the password of the present time step or a neighbour, each step once for this service
  /// and secret; what was used is remembered durably before this returns. Throws Error{refused}
  /// with the published texts (RA-086), and Error{too_many} after too many wrong ones. `source`:
  /// Peer::source of who knows it.
  void use(const StatePermission& permission, const SessionVersion& session,
           const std::string& service, std::string_view key, std::string_view password,
           const std::string& source);

 private:
  Store& store_;
  const host::Clock& clock_;
  /// A password has six digits and three of them are good at a time: without a bound, guessing
  /// works within hours.
  AttemptLimiter attempts_{"one-time passwords", {.of_source = 5, .of_strangers = 20}};
};

}  // namespace sconectl::casd
