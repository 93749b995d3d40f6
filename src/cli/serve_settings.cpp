#include "cli/serve_settings.hpp"

#include <filesystem>

#include "sconectl/crypto/age.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cli {

namespace {

constexpr std::size_t bytes_in_mebibyte = 1024UL * 1024;

template <class Value>
void fill(std::optional<Value>& given, const std::optional<Value>& file) {
  if (!given) given = file;
}
void fill(std::vector<std::string>& given, const std::vector<std::string>& file) {
  if (given.empty()) given = file;
}

template <class Target, class Value>
void put(Target& target, const std::optional<Value>& value) {
  if (value) target = *value;
}

casd::SnapshotOptions snapshot_options(const cas::AvailabilityConfig& config) {
  casd::SnapshotOptions options;
  if (!config.snapshots) {
    if (!config.snapshot_recipients.empty() || config.snapshot_interval || config.snapshots_kept)
      throw diag::Error(
          diag::ErrorKind::usage,
          "settings of snapshots need --snapshots, or 'database_snapshots.directory': "
          "where they go");
    return options;
  }
  if (config.snapshot_recipients.empty())
    throw diag::Error(diag::ErrorKind::usage,
                      "snapshots need --snapshot-recipient, or 'database_snapshots.recipients': "
                      "who can open them");
  options.directory = *config.snapshots;
  options.recipients = crypto::parse_age_recipients(config.snapshot_recipients);
  options.interval = config.snapshot_interval;
  put(options.kept, config.snapshots_kept);
  return options;
}

/// cas.db stands in the data directory.
std::filesystem::path data_directory(const std::string& database) {
  const auto directory = std::filesystem::path(database).parent_path();
  return directory.empty() ? "." : directory;
}

}  // namespace

cas::AvailabilityConfig overlaid(cas::AvailabilityConfig given,
                                 const cas::AvailabilityConfig& file) {
  fill(given.database_path, file.database_path);
  fill(given.database_url, file.database_url);
  fill(given.snapshots, file.snapshots);
  fill(given.snapshot_recipients, file.snapshot_recipients);
  fill(given.snapshot_interval, file.snapshot_interval);
  fill(given.snapshots_kept, file.snapshots_kept);
  fill(given.api_listen, file.api_listen);
  fill(given.enclave_listen, file.enclave_listen);
  fill(given.metrics_listen, file.metrics_listen);
  fill(given.audit_log_path, file.audit_log_path);
  fill(given.log_level, file.log_level);
  fill(given.log_file, file.log_file);
  fill(given.log_file_mebibytes, file.log_file_mebibytes);
  fill(given.log_files, file.log_files);
  fill(given.max_session_bytes, file.max_session_bytes);
  fill(given.versions_per_creator, file.versions_per_creator);
  fill(given.versions_per_address, file.versions_per_address);
  fill(given.max_sessions, file.max_sessions);
  fill(given.requests_per_second, file.requests_per_second);
  given.hostnames.insert(given.hostnames.end(), file.hostnames.begin(), file.hostnames.end());
  fill(given.root_owner, file.root_owner);
  fill(given.import_from, file.import_from);
  fill(given.azure_clouds, file.azure_clouds);
  fill(given.collateral, file.collateral);
  fill(given.snp_collateral, file.snp_collateral);
  fill(given.secret_prov, file.secret_prov);
  fill(given.service_socket, file.service_socket);
  fill(given.threads, file.threads);
  fill(given.enclave_reconnect_timeout, file.enclave_reconnect_timeout);
  fill(given.lock_timeout, file.lock_timeout);
  fill(given.drain_delay, file.drain_delay);
  fill(given.drain_timeout, file.drain_timeout);
  fill(given.allow_unprovisioned, file.allow_unprovisioned);
  fill(given.traces, file.traces);
  fill(given.traces_ratio, file.traces_ratio);
  return given;
}

void apply(const cas::AvailabilityConfig& config, casd::ServerOptions& options) {
  if (config.database_path) options.data = data_directory(*config.database_path);
  put(options.database_url, config.database_url);
  options.snapshots = snapshot_options(config);
  options.api_listen = config.api_listen;
  options.enclave_listen = config.enclave_listen;
  put(options.metrics_listen, config.metrics_listen);
  options.names = config.hostnames;
  options.secret_prov = config.secret_prov;
  options.azure_clouds = config.azure_clouds;
  options.import_from = config.import_from;
  options.owner = config.root_owner;
  put(options.log.level, config.log_level);
  put(options.log.file, config.log_file);
  if (config.log_file_mebibytes)
    options.log.file_bytes = *config.log_file_mebibytes * bytes_in_mebibyte;
  put(options.log.files, config.log_files);
  put(options.limits.body_bytes, config.max_session_bytes);
  put(options.versions_per_creator, config.versions_per_creator);
  put(options.versions_per_address, config.versions_per_address);
  options.max_sessions = config.max_sessions;
  options.requests_per_second = config.requests_per_second;
  put(options.collateral, config.collateral);
  put(options.snp_collateral, config.snp_collateral);
  put(options.service_socket, config.service_socket);
  put(options.threads, config.threads);
  put(options.reconnect_timeout, config.enclave_reconnect_timeout);
  put(options.lock_timeout, config.lock_timeout);
  put(options.drain_delay, config.drain_delay);
  put(options.drain_timeout, config.drain_timeout);
  put(options.allow_unprovisioned, config.allow_unprovisioned);
  if (config.traces_ratio && !config.traces)
    throw diag::Error(diag::ErrorKind::usage,
                      "--traces-ratio, or 'open_cas.traces_ratio', needs --traces, or "
                      "'open_cas.traces': where traces go");
  put(options.traces.collector, config.traces);
  put(options.traces.ratio, config.traces_ratio);
}

}  // namespace sconectl::cli
