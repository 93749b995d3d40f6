#include "sconectl/action/cas_doctor.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "action/cas_findings.hpp"
#include "action/status_text.hpp"
#include "sconectl/crypto/age.hpp"
#include "sconectl/host/file_access.hpp"

namespace sconectl::action {
namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::uint64_t megabyte = std::uint64_t{1} << 20U;
/// A copy before an upgrade is as large as the database; backups need the same.
constexpr std::uint64_t least_free = 256 * megabyte;

bool is_sealed(const std::filesystem::path& key_file) {
  constexpr std::size_t enough = 32;
  std::string begin(enough, '\0');
  std::ifstream(key_file, std::ios::binary).read(begin.data(), enough);
  return crypto::is_age_file(begin);
}

CasDataFacts data_facts(const std::string& path) {
  std::error_code ignored;
  CasDataFacts facts{.path = path};
  const auto status = std::filesystem::status(std::filesystem::path(path) / "cas.db", ignored);
  facts.is_closed_to_us = ignored == std::errc::permission_denied;
  facts.exists = status.type() != std::filesystem::file_type::none &&
                 std::filesystem::is_directory(path, ignored);
  if (!facts.exists) return facts;
  const auto at = [&](const char* name) { return std::filesystem::path(path) / name; };
  const bool embedded = std::filesystem::exists(at("cas.db"), ignored);
  // The directory of a CAS that shares a PostgreSQL with others has the rest alone.
  facts.has_database = embedded || std::filesystem::exists(at("cas.shared"), ignored);
  if (embedded) facts.database_bytes = std::filesystem::file_size(at("cas.db"), ignored);
  if (ignored) facts.database_bytes = 0;
  facts.key_is_open_to_others = std::filesystem::exists(at("cas.key-store"), ignored) &&
                                host::file_access(at("cas.key-store")) == host::FileAccess::others;
  facts.key_is_sealed = is_sealed(at("cas.key-store"));
  const auto space = std::filesystem::space(path, ignored);
  facts.free_bytes = ignored ? 0 : space.available;
  return facts;
}

/// How the CAS came to be trusted.
Finding trust_in(const CasStatus& status, const std::optional<std::string>& pinned) {
  const auto record = nlohmann::json::parse(status.attestation, nullptr, false);
  if (pinned) return {"trust", Health::ok, "by --cas-key, key " + *pinned, ""};
  if (status.key_hash.empty())
    return {"trust", Health::warning, "its identity is not verified",
            "attest it: sconectl cas attest " + status.address};
  const auto trusted_by = record.is_object() ? record.find("trusted_by") : record.end();
  const auto by = trusted_by != record.end() && trusted_by->is_string()
                      ? trusted_by->get<std::string>()
                      : std::string();
  if (by == "first use")
    return {"trust", Health::warning,
            "it was trusted when it was first met, without a key or evidence",
            fmt::format("attest it with the key hash that its operator tells: sconectl cas attest "
                        "{} -c KEY_HASH",
                        status.address)};
  if (by.empty()) return {"trust", Health::ok, "key " + status.key_hash, ""};
  return {"trust", Health::ok, fmt::format("by {}, key {}", by, status.key_hash), ""};
}

/// Why it was not reached, with what usually helps.
Finding connection_fault(const Error& error) {
  std::string fix = "its log says more";
  if (error.kind() == ErrorKind::unavailable)
    fix = "is it running, and does no firewall or proxy stand in between (NO_PROXY)?";
  if (error.kind() == ErrorKind::refused)
    fix =
        "ask its operator: if it was set up anew, attest it with its new key; else somebody "
        "stands in between";
  return {"connection", Health::missing, one_line(error), std::move(fix)};
}

std::string own_identity(const std::string& key_hash, const CasStatus& status) {
  if (key_hash.empty()) return "we have none yet; the first command that needs one makes it";
  if (status.owner == key_hash) return "we own it";
  return fmt::format("ours is {}, which does not own it", key_hash);
}

std::string size_text(std::uint64_t bytes) {
  return fmt::format("{} MB", bytes / megabyte);
}

void diagnose_data(const CasDataFacts& data, std::vector<Finding>& out) {
  if (data.is_closed_to_us) {
    out.push_back({"data", Health::warning, fmt::format("we may not look into '{}'", data.path),
                   "run this as the user of the CAS"});
    return;
  }
  if (!data.exists || !data.has_database) {
    out.push_back({"data", Health::missing,
                   fmt::format("'{}' {}", data.path,
                               data.exists ? "holds no database of a CAS" : "is not there"),
                   "name the directory that 'cas serve --data' has"});
    return;
  }
  out.push_back(
      data.free_bytes < std::max(least_free, data.database_bytes)
          ? Finding{"disk", Health::warning,
                    fmt::format("{} free, and the database has {}: an upgrade or backup "
                                "may not have room",
                                size_text(data.free_bytes), size_text(data.database_bytes)),
                    "make room, or move the data directory"}
          : Finding{"disk", Health::ok, size_text(data.free_bytes) + " free", ""});
  if (data.key_is_open_to_others)
    out.push_back({"key file", Health::missing, "others may read the key of the database",
                   fmt::format("chmod 600 {}/cas.key-store", data.path)});
  else
    out.push_back({"key file", Health::ok,
                   data.key_is_sealed ? "sealed"
                                      : "not sealed: whoever copies the directory can read all of "
                                        "it ('sconectl cas key seal')",
                   ""});
}

}  // namespace

CasDoctorFacts cas_doctor_facts(System& system, cas::ConfigFile& config, const CasOptions& options,
                                const std::optional<std::string>& data) {
  CasDoctorFacts facts;
  facts.pinned_key = options.key_hash;
  if (data) facts.data = data_facts(*data);
  try {
    (void)connect(system, config, options, false);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::usage || error.kind() == ErrorKind::interrupted) throw;
    facts.unknown = error;
    return facts;
  }
  // One that can not be read is a wrong command line.
  if (options.identity_file)
    facts.own_key_hash = identity(system, config, options).key_hash();
  else if (const auto own = config.load().identity)
    facts.own_key_hash = own->key_hash();
  try {
    facts.status = cas_status(system, config, options);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    facts.fault = error;
  }
  return facts;
}

std::vector<Finding> diagnose(const CasDoctorFacts& facts, crypto::Time now,
                              std::chrono::hours certificates_left) {
  std::vector<Finding> result;
  if (facts.unknown)
    result.push_back({"CAS", Health::missing, one_line(*facts.unknown), ""});
  else if (facts.fault)
    result.push_back(connection_fault(*facts.fault));
  if (facts.status) {
    const auto& status = *facts.status;
    result.push_back(
        {"CAS", Health::ok,
         fmt::format("{} ({}), version {}", status.address, status.url, status.version.version),
         ""});
    result.push_back(trust_in(status, facts.pinned_key));
    for (auto& finding : findings_of(status, now, certificates_left))
      result.push_back(std::move(finding));
    result.push_back({"identity", Health::ok, own_identity(facts.own_key_hash, status), ""});
  }
  if (facts.data) diagnose_data(*facts.data, result);
  return result;
}

}  // namespace sconectl::action
