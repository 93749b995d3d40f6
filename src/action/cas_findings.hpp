// What the status of a CAS says, as findings: for `cas status` and `cas doctor`.
#pragma once

#include <chrono>
#include <vector>

#include "sconectl/action/cas_status.hpp"
#include "sconectl/action/doctor.hpp"

namespace sconectl::action {

/// Owner, database, audit log, certificates, clock. What is not `ok` is a problem.
[[nodiscard]] std::vector<Finding> findings_of(const CasStatus& status, crypto::Time now,
                                               std::chrono::hours certificates_left);

}  // namespace sconectl::action
