#include "sconectl/oci/config.hpp"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "oci/config_json.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/oci/manifest.hpp"
#include "sconectl/oci/name.hpp"
#include "sconectl/text/time.hpp"

namespace sconectl::oci {
namespace {

using Json = ConfigJson;

Json without_base() {
  const Platform platform = this_platform();
  Json json;
  json["architecture"] = platform.architecture;
  json["os"] = platform.system;
  json["config"] = Json::object();
  json["rootfs"] = {{"type", "layers"}, {"diff_ids", Json::array()}};
  return json;
}

}  // namespace

ConfigFacts parse_config(std::string_view text, const std::string& from) {
  const Json json = parsed_config(text, from);
  ConfigFacts facts;
  facts.diff_ids = diff_ids_in(json, from);
  facts.start = "{}";
  if (const auto created = json.find("created"); created != json.end() && created->is_string())
    facts.created = created->get<std::string>();
  if (const auto word = json.find("architecture"); word != json.end() && word->is_string())
    facts.architecture = word->get<std::string>();
  const auto config = json.find("config");
  if (config == json.end() || !config->is_object()) return facts;
  facts.start = config->dump();
  const auto triggers = config->find("OnBuild");
  facts.has_triggers = triggers != config->end() && !triggers->empty();
  const auto labels = config->find("Labels");
  if (labels == config->end() || !labels->is_object()) return facts;
  for (const auto& [name, value] : labels->items())
    if (value.is_string()) facts.labels[name] = value.get<std::string>();
  return facts;
}

std::string derive_config(const std::optional<std::string>& base, const ConfigChanges& changes,
                          const std::string& from) {
  Json json = base ? parsed_config(*base, from) : without_base();
  if (base) (void)diff_ids_in(json, from);
  forget_builder(json);
  json["created"] = changes.created;
  Json& config = object_at(json, "config");
  if (!changes.directory.empty()) config["WorkingDir"] = changes.directory;
  if (changes.entrypoint) config["Entrypoint"] = *changes.entrypoint;
  if (changes.command) {
    if (changes.command->empty()) {
      config.erase("Cmd");
    } else {
      config["Cmd"] = *changes.command;
    }
  }
  Json& labels = object_at(config, "Labels");
  for (const auto& [name, value] : changes.labels) labels[name] = value;
  if (labels.empty()) config.erase("Labels");
  Json& rootfs = object_at(json, "rootfs");
  rootfs["type"] = "layers";
  Json& ids = array_at(rootfs, "diff_ids");
  for (const AddedLayer& layer : changes.layers) ids.push_back(layer.diff_id);
  // From here on: a new member may move those before it.
  Json& history = array_at(json, "history");
  for (const AddedLayer& layer : changes.layers)
    history.push_back({{"created", changes.created}, {"created_by", layer.created_by}});
  return json.dump();
}

std::string retimed_config(const std::string& config, const std::vector<std::string>& diff_ids,
                           std::size_t kept, std::uint64_t time, const std::string& from) {
  Json json = parsed_config(config, from);
  forget_builder(json);
  const std::string created = rfc3339(time);
  json["created"] = created;
  // The classic builder notes the image of the step before, which has the times of its build.
  if (const auto start = json.find("config"); start != json.end() && start->is_object())
    start->erase("Image");
  object_at(json, "rootfs")["diff_ids"] = diff_ids;
  std::size_t layers = 0;
  for (Json& step : array_at(json, "history")) {
    if (!step.is_object()) continue;
    const auto empty = step.find("empty_layer");
    const bool has_layer = empty == step.end() || *empty != true;
    layers += has_layer ? 1U : 0U;
    if (layers > kept || (layers == kept && !has_layer)) step["created"] = created;
  }
  return json.dump();
}

std::string rfc3339(std::uint64_t seconds) {
  constexpr std::uint64_t last = 253402300799;  // the end of the year 9999
  return text::rfc3339(std::chrono::sys_seconds(std::chrono::seconds(std::min(seconds, last))));
}

}  // namespace sconectl::oci
