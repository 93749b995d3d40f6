// The end of sessions (RA-091).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sconectl/action/cas_attest.hpp"
#include "sconectl/cas/wire_leases.hpp"

namespace sconectl::action {

struct SessionDeletion {
  std::string name;
  std::optional<std::string> hash;  ///< only if this is the active version
  bool force = false;               ///< although other sessions import from it
  CasOptions cas;
};
/// `session delete`.
[[nodiscard]] cas::SessionDeleted delete_session(System& system, cas::ConfigFile& config,
                                                 const SessionDeletion& deletion);

/// What `cas clean-up` did, or would do.
struct CleanedUp {
  struct Left {
    std::string name;
    std::string reason;
  };
  std::vector<std::string> deleted;  ///< in this order
  std::vector<Left> left;
};
/// Deletes the session and all below it, whatever is below first and whoever imports before what is
/// imported. One that can not be deleted stays, and so do its namespaces; the others go. With
/// `dry_run` it only says which there are.
[[nodiscard]] CleanedUp clean_up(System& system, cas::ConfigFile& config, const std::string& name,
                                 const CasOptions& options, bool dry_run);

}  // namespace sconectl::action
