// What of a CAS is written to an audit log, and where (CC-064).
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/cas/owner_config.hpp"

namespace sconectl::casd {

/// Entries without signatures are a chain of digests that everybody could have written.
using cas::AuditMode;

/// A server that gets each entry as the JSON body of a POST of its own (CC-064).
struct AuditServer {
  std::string url;
  /// PEM: what its certificate must chain to. Nothing: the system's authorities.
  std::optional<std::string> ca_certificate = {};
  friend bool operator==(const AuditServer&, const AuditServer&) = default;
};

struct AuditOptions {
  AuditMode mode = AuditMode::disabled;  ///< CC-064
  /// Each gets all entries, one JSON object a line; made with mode 0600, only appended to.
  std::vector<std::filesystem::path> files = {};
  std::vector<AuditServer> servers = {};
  /// A request whose entry no file and no server has taken fails with 503 (CC-064). Without it,
  /// entries wait in memory, and what does not fit there is lost and told in the log.
  bool required = false;
  /// Keep for the owner of each session what was given to which service, with or without a log.
  bool receipts = false;
  /// Of entries that wait for one file or server.
  std::size_t buffer_bytes = std::size_t{8} << 20U;
  /// How long a request waits for a file or server that has not failed yet.
  std::chrono::milliseconds patience{5'000};
  friend bool operator==(const AuditOptions&, const AuditOptions&) = default;
};

}  // namespace sconectl::casd
