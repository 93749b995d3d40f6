// What the owner of the CAS decides about its audit log (CC-041 ... CC-044).
#pragma once

#include "sconectl/cas/owner_config.hpp"
#include "sconectl/casd/audit_options.hpp"

namespace sconectl::casd {

/// What both want: a log that one of them has is there, its entries are signed if one of them says
/// so, and the owner's server gets all entries too. Throws Error{invalid} if the owner wants a
/// file and the operator has named none.
[[nodiscard]] AuditOptions with_owners(AuditOptions operators, const cas::AuditLogConfig& owners);

}  // namespace sconectl::casd
