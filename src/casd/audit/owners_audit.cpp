#include "casd/audit/owners_audit.hpp"

#include <algorithm>

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

AuditOptions with_owners(AuditOptions operators, const cas::AuditLogConfig& owners) {
  if (owners.mode == AuditMode::disabled) return operators;
  operators.mode = std::max(operators.mode, owners.mode);
  if (owners.sink == cas::AuditSink::network) {
    const AuditServer server{owners.url.value(), owners.server_ca_certificate};
    if (std::find(operators.servers.begin(), operators.servers.end(), server) ==
        operators.servers.end())
      operators.servers.push_back(server);
  } else if (operators.files.empty()) {
    throw diag::Error(diag::ErrorKind::invalid,
                      "'audit_log': the owner of the CAS wants it in a file, and its operator has "
                      "named none ('audit_log.path', or --audit-log)");
  }
  return operators;
}

}  // namespace sconectl::casd
