// `cas sessions`: all sessions below a name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sconectl/action/cas_attest.hpp"

namespace sconectl::action {

struct SessionEntry {
  std::string name;
  std::optional<std::string> hash;  ///< of the active version; nothing: we may not have it
  bool lists_more = true;           ///< false: we may not list what is below it
  bool locked = false;              ///< it lies in a sealed namespace that is locked now
};

/// `name_space` ("/": the whole CAS) and all below it, parents first, in the order of the CAS.
/// Error{not_found} if there is none of that name.
[[nodiscard]] std::vector<SessionEntry> cas_sessions(System& system, cas::ConfigFile& config,
                                                     const std::string& name_space,
                                                     const CasOptions& options);

}  // namespace sconectl::action
