// The leases of a session's services, as its owner sees them (RA-089). Like wire.hpp, which has the
// rules for encoders and decoders.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::cas {

/// A lease that has not ended. Times are RFC 3339.
struct LeaseInfo {
  std::string lease;    ///< its id, 32 lower-case hex digits
  std::string service;  ///< of the session
  std::string version;  ///< hash of the session's version that the service was started with
  std::string source;   ///< the address that it came from, "" if unknown
  std::string granted;
  std::string expires;  ///< unless the service is heard of again
};
/// GET: of all services of the session, oldest first for each.
struct LeaseList {
  std::vector<LeaseInfo> leases;
};
[[nodiscard]] std::string encode(const LeaseList& reply);
[[nodiscard]] LeaseList decode_lease_list(std::string_view json);

/// DELETE: how many were ended.
struct LeasesRevoked {
  std::size_t revoked = 0;
};
[[nodiscard]] std::string encode(const LeasesRevoked& reply);
[[nodiscard]] LeasesRevoked decode_leases_revoked(std::string_view json);

/// RA-091.
struct SessionDeleted {
  std::string hash;                    ///< of the version that was active
  std::vector<std::string> importers;  ///< sessions that imported from it, and miss that now
};
[[nodiscard]] std::string encode(const SessionDeleted& reply);
[[nodiscard]] SessionDeleted decode_session_deleted(std::string_view json);

}  // namespace sconectl::cas
