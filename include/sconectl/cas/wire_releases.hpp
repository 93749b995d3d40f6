// What of a session was given to which service, as its owner sees it. Like wire.hpp, which has the
// rules for encoders and decoders.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::cas {

/// One answer of the CAS that held values of secrets.
struct ReleaseInfo {
  std::string time;                  ///< RFC 3339
  std::string service;               ///< of the session
  std::string version;               ///< hash of the session's version
  std::string source;                ///< the address that the service came from, "" if unknown
  std::vector<std::string> secrets;  ///< their names
};
/// Oldest first; `total` counts also those that the CAS has forgotten.
struct ReleaseList {
  std::uint64_t total = 0;
  std::vector<ReleaseInfo> releases;
};
[[nodiscard]] std::string encode(const ReleaseList& reply);
[[nodiscard]] ReleaseList decode_release_list(std::string_view json);

}  // namespace sconectl::cas
