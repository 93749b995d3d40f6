// Permissions to write to a store without a CAS around it.
#pragma once

#include "casd/store/write_permissions.hpp"

namespace sconectl::casd {

struct PermissionsForTests {
  StartPermission start;
  StatePermission state;
  RenewalPermission renewal;
  static SessionWritePermission write(const std::string& session) {
    return SessionWritePermission(session);
  }
};

}  // namespace sconectl::casd
