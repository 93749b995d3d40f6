// The `session` verbs that talk to a CAS: create, update, verify, read, list, list-leases,
// revoke-leases.
#pragma once

#include <string>
#include <vector>

#include "sconectl/action/cas_attest.hpp"
#include "sconectl/action/session_input.hpp"

namespace sconectl::action {

/// `session create`: sends the session as it is; the hash of the new version. With a predecessor it
/// is an update of exactly that version, without one the name must be new (CL-067, CL-068).
std::string create_session(System& system, cas::ConfigFile& config, const SessionInput& input,
                           const CasOptions& options);

/// `session update`: as create, but a missing predecessor is filled in with the active hash
/// (CL-069).
std::string update_session(System& system, cas::ConfigFile& config, const SessionInput& input,
                           const CasOptions& options);

/// `session verify`: the hash of the active version if it means what the file says, else
/// Error{failed} whose causes are the lines that differ (CL-072 ... CL-074).
[[nodiscard]] std::string verify_session(System& system, cas::ConfigFile& config,
                                         const SessionInput& input, const CasOptions& options);

/// `session read`: the stored session. Error{not_found} if it does not exist.
[[nodiscard]] std::string read_session(System& system, cas::ConfigFile& config,
                                       const std::string& name,
                                       const std::optional<std::string>& hash,
                                       const CasOptions& options);

/// `session list`: the direct children of a namespace.
[[nodiscard]] std::vector<std::string> list_sessions(System& system, cas::ConfigFile& config,
                                                     const std::string& name_space,
                                                     const CasOptions& options);

/// `session list-leases`: what services of the session came with and may come back with (RA-089).
[[nodiscard]] std::vector<cas::LeaseInfo> list_leases(System& system, cas::ConfigFile& config,
                                                      const std::string& name,
                                                      const CasOptions& options);

/// `session list-releases`: what of the session was given to which service.
[[nodiscard]] cas::ReleaseList list_releases(System& system, cas::ConfigFile& config,
                                             const std::string& name, const CasOptions& options);

/// Which leases of a session: all that nothing is said about.
struct LeaseChoice {
  std::optional<std::string> service;
  std::optional<std::string> lease;  ///< its id, 32 hex digits
};
/// `session revoke-leases`: how many that were.
std::size_t revoke_leases(System& system, cas::ConfigFile& config, const std::string& name,
                          const LeaseChoice& choice, const CasOptions& options);

}  // namespace sconectl::action
