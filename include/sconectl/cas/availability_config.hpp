// What the operator of a CAS configures: where it keeps, listens and logs (CC-001 ... CC-009). No
// secrets; not part of attestation.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::cas {

enum class LogLevel { error, warn, info, debug };
[[nodiscard]] constexpr auto words_of(LogLevel) {
  return text::words<LogLevel::debug>("error", "warn", "info", "debug");
}

/// Of lock_timeout, drain_delay and drain_timeout.
inline constexpr std::chrono::hours longest_wait{24};

/// What a file says; what it does not say is absent or empty.
struct AvailabilityConfig {
  // [database]
  std::optional<std::string> database_path = {};  ///< of cas.db, in the data directory
  std::optional<std::string> database_url = {};   ///< of PostgreSQL, for several CASes
  // [database_snapshots]
  std::optional<std::string> snapshots = {};          ///< the directory that they go to
  std::vector<std::string> snapshot_recipients = {};  ///< age1...
  std::optional<std::chrono::seconds> snapshot_interval = {};
  std::optional<std::size_t> snapshots_kept = {};  ///< 1 to 100,000
  // [api]: IP:PORT or [IPv6]:PORT each
  std::vector<std::string> api_listen = {};
  std::vector<std::string> enclave_listen = {};
  // [metrics]: IP:PORT
  std::optional<std::string> metrics_listen = {};
  // [audit_log]
  std::optional<std::string> audit_log_path = {};
  // [log]
  std::optional<LogLevel> log_level = {};
  std::optional<std::string> log_file = {};
  std::optional<std::size_t> log_file_mebibytes = {};  ///< 1 to 10,000
  std::optional<std::size_t> log_files = {};           ///< 1 to 1,000
  // [limits]
  std::optional<std::size_t> max_session_bytes = {};  ///< 64 KiB to 4 MiB
  std::optional<std::int64_t> versions_per_creator = {};
  std::optional<std::int64_t> versions_per_address = {};
  std::optional<std::int64_t> max_sessions = {};          ///< names, without the root session
  std::optional<std::uint32_t> requests_per_second = {};  ///< of one address; 1 to 1,000,000
  // [open_cas]
  std::vector<std::string> hostnames = {};
  std::optional<std::string> root_owner = {};                ///< key hash
  std::optional<std::vector<std::string>> import_from = {};  ///< empty: from nowhere
  std::vector<std::string> azure_clouds = {};
  std::optional<std::string> collateral = {};
  std::optional<std::string> snp_collateral = {};
  std::vector<std::string> secret_prov = {};
  std::optional<std::string> service_socket = {};
  std::optional<std::size_t> threads = {};
  std::optional<std::chrono::seconds> enclave_reconnect_timeout = {};
  std::optional<std::chrono::milliseconds> lock_timeout = {};
  std::optional<std::chrono::milliseconds> drain_delay = {};
  std::optional<std::chrono::milliseconds> drain_timeout = {};
  std::optional<bool> allow_unprovisioned = {};
  std::optional<std::string> traces = {};   ///< URL of a collector (OTLP/HTTP)
  std::optional<double> traces_ratio = {};  ///< 0 to 1
};

/// What is wrong with the URL of a collector of traces; "" if it can be used: https, or http on
/// this machine, without a query.
[[nodiscard]] std::string traces_fault(const std::string& url);
/// A number from 0 to 1; nothing for other text.
[[nodiscard]] std::optional<double> parse_ratio(const std::string& text);
/// What is wrong with the name of a service in traces; "" if nothing is.
[[nodiscard]] std::string service_name_fault(const std::string& name);

/// What is wrong with a URL of a database; "" if nothing is known to be.
[[nodiscard]] std::string database_url_fault(const std::string& url);
/// It has a password in it.
[[nodiscard]] bool has_password(const std::string& database_url);

/// TOML, JSON or YAML. Throws Error{invalid} with every mistake at its place: unknown keys
/// (CC-011), wrong types and values.
[[nodiscard]] AvailabilityConfig parse_availability_config(const std::string& name,
                                                           std::string text);

}  // namespace sconectl::cas
