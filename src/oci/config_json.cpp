#include "oci/config_json.hpp"

#include <fmt/core.h>

#include "oci/depth.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/oci/name.hpp"

namespace sconectl::oci {
namespace {

using Json = ConfigJson;

[[noreturn]] void refuse_config(const std::string& from, std::string_view why) {
  throw diag::Error(diag::ErrorKind::invalid,
                    fmt::format("the configuration of {}: {}", from, why));
}

}  // namespace

Json parsed_config(std::string_view text, const std::string& from) {
  if (is_deep(text)) refuse_config(from, "it is nested too deeply");
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) refuse_config(from, "it is no JSON");
  const auto system = json.find("os");
  if (system != json.end() && *system != "linux") refuse_config(from, "it is not for Linux");
  return json;
}

Json& object_at(Json& json, const char* key) {
  Json& found = json[key];
  if (!found.is_object()) found = Json::object();
  return found;
}

Json& array_at(Json& json, const char* key) {
  Json& found = json[key];
  if (!found.is_array()) found = Json::array();
  return found;
}

std::vector<std::string> diff_ids_in(const Json& json, const std::string& from) {
  std::vector<std::string> result;
  const auto rootfs = json.find("rootfs");
  if (rootfs == json.end() || !rootfs->is_object()) refuse_config(from, "it names no layers");
  const auto ids = rootfs->find("diff_ids");
  if (ids == rootfs->end() || ids->is_null()) return result;  // FROM scratch
  if (!ids->is_array()) refuse_config(from, "it names no layers");
  for (const Json& id : *ids) {
    if (!id.is_string() || !is_digest(id.get_ref<const std::string&>()))
      refuse_config(from, "a layer has no SHA-256 digest");
    result.push_back(id.get<std::string>());
  }
  return result;
}

void forget_builder(Json& json) {
  for (const char* key :
       {"container", "container_config", "docker_version", "moby.buildkit.buildinfo.v1"})
    json.erase(key);
}

}  // namespace sconectl::oci
