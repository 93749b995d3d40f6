// What a running service shows when it comes back (cas/wire_running.hpp).
#pragma once

#include <string>
#include <string_view>

#include "casd/store/store.hpp"
#include "sconectl/cas/wire_service.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::casd {

/// A lease's key follows from a secret of this CAS, the service and the lease's id: nothing is
/// remembered, any number can be given out, and a restart of the CAS ends none of them (RA-087).
class Leases {
 public:
  Leases(Store& store, const StartPermission& permission);

  [[nodiscard]] cas::Lease make(std::string_view session, std::string_view service) const;
  /// The key that only the service with this lease can know.
  [[nodiscard]] crypto::Secret key(std::string_view session, std::string_view service,
                                   std::string_view id) const;

 private:
  crypto::Secret root_;
};

}  // namespace sconectl::casd
