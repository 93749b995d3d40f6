#include "sconectl/cas/availability_config.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <limits>

#include "config_reading.hpp"
#include "sconectl/crypto/age.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/text/address.hpp"
#include "sconectl/yaml/toml.hpp"

namespace sconectl::cas {
namespace {

constexpr std::string_view availability_document = "availability configuration";
constexpr long long least_session_bytes = 64LL * 1024;
constexpr long long most_session_bytes = 4LL * 1024 * 1024;
constexpr long long most_requests_per_second = 1'000'000;

std::string nothing_wrong(const std::string& /*text*/) {
  return "";
}

std::string empty_fault(const std::string& text) {
  return text.empty() ? "must not be empty" : "";
}

/// The file has one name, because others stand beside it (docs/cas.md).
std::string database_path_fault(const std::string& text) {
  return std::filesystem::path(text).filename() == "cas.db"
             ? ""
             : "must end in 'cas.db': the database has this name, in a directory of your choice";
}

std::string key_hash_fault(const std::string& text) {
  return crypto::parse_key_hash(text)
             ? ""
             : "is not a key hash; 'sconectl self show-key-hash' prints ours";
}

/// The mapping of a section; an absent one reads like an empty one.
yaml::MapReader section(yaml::MapReader& document_map, std::string_view key) {
  const yaml::Value* found = document_map.find(key);
  const yaml::Value none = yaml::Value::null(document_map.value().location());
  return {found == nullptr ? none : *found, std::string(key), std::string(availability_document),
          document_map.out()};
}

std::optional<std::size_t> size_between(yaml::MapReader& map, std::string_view key, long long least,
                                        long long most) {
  const auto number = integer_between(map, key, least, most);
  return number ? std::optional(static_cast<std::size_t>(*number)) : std::nullopt;
}

void read_database(yaml::MapReader map, AvailabilityConfig& config) {
  config.database_path = checked_text(map, "path", database_path_fault);
  config.database_url = checked_text(map, "url", database_url_fault);
  map.finish();
}

std::string recipient_fault(const std::string& text) try {
  (void)crypto::parse_age_recipient(text);
  return "";
} catch (const diag::Error&) {
  return "is no recipient (age1...); 'sconectl cas backup keygen' prints one";
}

void read_snapshots(yaml::MapReader map, AvailabilityConfig& config) {
  config.snapshots = checked_text(map, "directory", empty_fault);
  config.snapshot_recipients = checked_texts(map, "recipients", recipient_fault);
  config.snapshot_interval = duration(map, "interval");
  config.snapshots_kept = size_between(map, "kept", 1, 100'000);
  map.finish();
}

void read_api(yaml::MapReader map, AvailabilityConfig& config) {
  config.api_listen = checked_texts(map, "api_listen", listen_address_fault);
  config.enclave_listen = checked_texts(map, "enclave_listen", listen_address_fault);
  map.finish();
}

void read_metrics(yaml::MapReader map, AvailabilityConfig& config) {
  config.metrics_listen = checked_text(map, "listen", listen_address_fault);
  map.finish();
}

void read_audit_log(yaml::MapReader map, AvailabilityConfig& config) {
  config.audit_log_path = checked_text(map, "path", empty_fault);
  map.finish();
}

void read_log(yaml::MapReader map, AvailabilityConfig& config) {
  config.log_level = map.word<LogLevel>("level");
  config.log_file = checked_text(map, "file", empty_fault);
  config.log_file_mebibytes = size_between(map, "size_mib", 1, 10'000);
  config.log_files = size_between(map, "files", 1, 1'000);
  map.finish();
}

void read_limits(yaml::MapReader map, AvailabilityConfig& config) {
  constexpr long long any = std::numeric_limits<long long>::max();
  config.max_session_bytes =
      size_between(map, "max_session_bytes", least_session_bytes, most_session_bytes);
  config.versions_per_creator = integer_between(map, "versions_per_creator", 1, any);
  config.versions_per_address = integer_between(map, "versions_per_address", 1, any);
  config.max_sessions = integer_between(map, "max_sessions", 1, any);
  if (const auto rate = integer_between(map, "requests_per_second", 1, most_requests_per_second))
    config.requests_per_second = static_cast<std::uint32_t>(*rate);
  map.finish();
}

std::string ratio_fault(const std::string& text) {
  return parse_ratio(text) ? "" : "must be a number from 0 to 1";
}

void read_open_cas(yaml::MapReader map, AvailabilityConfig& config) {
  config.hostnames = checked_texts(map, "hostnames", host_name_fault);
  config.root_owner = checked_text(map, "owner", key_hash_fault);
  if (const auto* nothing = map.value().find("import_from");
      nothing != nullptr && map.find("import_from") == nullptr)
    map.error(*nothing, "'open_cas.import_from' is empty: [] or 'none' means from nowhere");
  if (map.find("import_from") != nullptr) {
    auto from = checked_texts(map, "import_from", empty_fault);
    if (from == std::vector<std::string>{"none"}) from.clear();
    config.import_from = std::move(from);
  }
  config.azure_clouds = checked_texts(map, "azure_clouds", empty_fault);
  config.collateral = checked_text(map, "collateral", empty_fault);
  config.snp_collateral = checked_text(map, "snp_collateral", empty_fault);
  config.secret_prov = checked_texts(map, "secret_prov", empty_fault);
  config.service_socket = checked_text(map, "service_socket", nothing_wrong);
  config.threads = size_between(map, "threads", 1, 1'024);
  config.enclave_reconnect_timeout = duration(map, "enclave_reconnect_timeout");
  config.lock_timeout = duration(map, "lock_timeout", Zero::allowed);
  config.drain_delay = duration(map, "drain_delay", Zero::allowed);
  config.drain_timeout = duration(map, "drain_timeout", Zero::allowed);
  config.allow_unprovisioned = map.boolean("allow_unprovisioned");
  config.traces = checked_text(map, "traces", traces_fault);
  if (const auto ratio = checked_text(map, "traces_ratio", ratio_fault))
    config.traces_ratio = parse_ratio(*ratio);
  map.finish();
}

}  // namespace

std::string database_url_fault(const std::string& url) {
  return url.starts_with("postgresql://") || url.starts_with("postgres://")
             ? ""
             : "is not the URL of a PostgreSQL: "
               "postgresql://USER@HOST/DATABASE?sslmode=verify-full";
}

bool has_password(const std::string& database_url) {
  std::string_view rest = database_url;
  if (const auto scheme = rest.find("://"); scheme != std::string_view::npos)
    rest.remove_prefix(scheme + 3);
  const auto authority = rest.substr(0, rest.find_first_of("/?"));
  const auto at = authority.rfind('@');
  const bool in_user =
      at != std::string_view::npos && authority.substr(0, at).find(':') != std::string_view::npos;
  const auto query = rest.substr(std::min(rest.find('?'), rest.size()));
  return in_user || query.find("?password=") != std::string_view::npos ||
         query.find("&password=") != std::string_view::npos;
}

std::string traces_fault(const std::string& url) try {
  const auto parsed = host::parse_url(url);
  if (url.find_first_of("?#") != std::string::npos)
    return "must be without a query: spans go to /v1/traces below it";
  if (parsed.scheme == host::Scheme::http && !text::is_loopback(parsed.server.host))
    return "is not encrypted: use https, or a collector on this machine, such as "
           "http://127.0.0.1:4318";
  return "";
} catch (const diag::Error& error) {
  return "can not be used: " + error.text();
}

std::optional<double> parse_ratio(const std::string& text) {
  double ratio = -1;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, ratio, std::chars_format::fixed);
  const bool is_number = error == std::errc() && end == last;
  return is_number && ratio >= 0 && ratio <= 1 ? std::optional(ratio) : std::nullopt;
}

std::string service_name_fault(const std::string& name) {
  constexpr std::size_t longest = 100;
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("._-/ ").find(c) != std::string_view::npos;
  });
  return plain && !name.empty() && name.size() <= longest
             ? ""
             : "must have 1 to 100 letters, digits, blanks and . _ - /";
}

AvailabilityConfig parse_availability_config(const std::string& name, std::string text) {
  diag::Diagnostics out;
  AvailabilityConfig config;
  yaml::MapReader map(yaml::parse_any_notation(name, std::move(text)), "",
                      std::string(availability_document), out);
  read_database(section(map, "database"), config);
  read_snapshots(section(map, "database_snapshots"), config);
  read_api(section(map, "api"), config);
  read_metrics(section(map, "metrics"), config);
  read_audit_log(section(map, "audit_log"), config);
  read_log(section(map, "log"), config);
  read_limits(section(map, "limits"), config);
  read_open_cas(section(map, "open_cas"), config);
  map.finish();
  out.throw_if_errors();
  return config;
}

}  // namespace sconectl::cas
