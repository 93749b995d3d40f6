// References to other sessions, and to other CASes (SL-175 to SL-190, SL-314 to SL-319).
#pragma once

#include <optional>
#include <string>

namespace sconectl::session {

/// A CAS other than this one (SL-188): address and Base58Check key hash.
struct RemoteCas {
  std::string url{};  ///< host or host:port
  std::string key{};
  bool software_key = false;  ///< `cas_software_key` instead of `cas_key`
  bool operator==(const RemoteCas&) const = default;
};

/// A session that a secret or volume is exported to, or everything below a namespace
/// (SL-175...179).
struct ExportTarget {
  std::string session{};         ///< path as written, absolute or relative (SL-314, SL-315)
  bool whole_namespace = false;  ///< `namespace:` instead of `session:`
  std::optional<std::string> session_hash{};
  std::optional<RemoteCas> cas{};
  bool operator==(const ExportTarget&) const = default;
};

}  // namespace sconectl::session
