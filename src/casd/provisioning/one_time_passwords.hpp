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
  /// with the published texts (RA-086), and Error{too_many} after too many wrong ones.
  void use(const StatePermission& permission, const std::string& session,
           const std::string& service, std::string_view key, std::string_view password);

 private:
  Store& store_;
  const host::Clock& clock_;
  AttemptLimiter attempts_;
};

}  // namespace sconectl::casd
