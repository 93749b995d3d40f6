#include "action/rollout_record.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "action/session_files.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/session/write.hpp"

namespace sconectl::action {
namespace {

using Json = nlohmann::json;

constexpr int record_format = 1;

Json json_of(const mesh::ReleasedService& service) {
  return {{"name", service.name},
          {"session", service.session},
          {"image", service.image},
          {"revision", service.revision},
          {"native", service.native}};
}

Json json_of(const mesh::Release& release) {
  Json sessions = Json::array();
  for (const session::Session& session : release.sessions)
    sessions.push_back(session::text(session));
  Json services = Json::array();
  for (const mesh::ReleasedService& service : release.services)
    services.push_back(json_of(service));
  return {{"version", release.version},
          {"sessions", std::move(sessions)},
          {"services", std::move(services)}};
}

mesh::Release release_of(const Json& json) {
  mesh::Release release;
  release.version = json.at("version").get<std::string>();
  for (const Json& text : json.at("sessions"))
    release.sessions.push_back(session::parse_stored(rollout_file, text.get<std::string>()));
  for (const Json& service : json.at("services"))
    release.services.push_back(
        {service.at("name").get<std::string>(), service.at("session").get<std::string>(),
         service.at("image").get<std::string>(), service.at("revision").get<std::string>(),
         service.at("native").get<bool>()});
  return release;
}

RolloutRecord record_of(const Json& json) {
  RolloutRecord record;
  const Json& cas = json.at("cas");
  record.cas = {cas.at("address").get<std::string>(), cas.at("service_address").get<std::string>(),
                cas.at("key_hash").get<std::string>(), cas.at("encryption_key").get<std::string>()};
  record.name_space = json.at("namespace").get<std::string>();
  record.release = json.at("release").get<std::string>();
  record.complete = json.at("complete").get<bool>();
  record.uploaded = json.at("uploaded").get<std::map<std::string, std::string>>();
  for (const Json& version : json.at("versions")) record.versions.push_back(release_of(version));
  const auto mode = text::from_word<manifest::UploadMode>(json.at("mode").get<std::string>());
  if (!mode || record.versions.empty() || json.at("format") != record_format)
    throw diag::Error(diag::ErrorKind::invalid, "it says what this program does not know");
  record.mode = *mode;
  return record;
}

}  // namespace

std::string text_of(const RolloutRecord& record) {
  Json versions = Json::array();
  for (const mesh::Release& release : record.versions) versions.push_back(json_of(release));
  const Json json = {{"format", record_format},
                     {"cas",
                      {{"address", record.cas.address},
                       {"service_address", record.cas.service_address},
                       {"key_hash", record.cas.key_hash},
                       {"encryption_key", record.cas.encryption_key}}},
                     {"namespace", record.name_space},
                     {"release", record.release},
                     {"mode", text::word(record.mode)},
                     {"complete", record.complete},
                     {"uploaded", record.uploaded},
                     {"versions", std::move(versions)}};
  return json.dump(2) + "\n";
}

RolloutRecord parse_rollout_record(const std::string& text) {
  const std::string context = fmt::format(
      "'{}/{}' is not what an earlier run wrote; remove it to go on from what the CAS has",
      session_directory, rollout_file);
  try {
    return record_of(Json::parse(text));
  } catch (const Json::exception&) {  // its text may show values
    throw diag::Error(diag::ErrorKind::invalid, context);
  } catch (const diag::Error& error) {
    throw error.within(context);
  }
}

std::optional<RolloutRecord> kept_record(const host::Tree& session_files) {
  const auto found = session_files.find(rollout_file);
  if (found == session_files.end()) return std::nullopt;
  return parse_rollout_record(found->second.bytes);
}

}  // namespace sconectl::action
