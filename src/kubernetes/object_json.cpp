#include "kubernetes/object_json.hpp"

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/number.hpp"
#include "sconectl/text/terminal_text.hpp"

namespace sconectl::kubernetes {
namespace {

constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_message = 1000;

Json condition_json(const Condition& condition) {
  return {{"type", condition.type},
          {"status", condition.status},
          {"reason", condition.reason},
          {"message", condition.message},
          {"lastTransitionTime", condition.last_transition_time},
          {"observedGeneration", condition.observed_generation}};
}

}  // namespace

Json parsed_object(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object())
    throw diag::Error(diag::ErrorKind::failed, "the API server gave an answer that makes no sense");
  return json;
}

const Json& member(const Json& object, const char* key) {
  static const Json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(key);
  return found == object.end() ? nothing : *found;
}

std::string text_of(const Json& object, const char* key) {
  const Json& value = member(object, key);
  return value.is_string() ? value.get<std::string>() : "";
}

std::int64_t number_of(const Json& object, const char* key) {
  const Json& value = member(object, key);
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_name && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return text::is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.';
         });
}

ObjectMeta meta_of(const Json& object) {
  const Json& json = member(object, "metadata");
  ObjectMeta meta;
  meta.name = text_of(json, "name");
  meta.name_space = text_of(json, "namespace");
  meta.uid = text_of(json, "uid");
  meta.resource_version = text_of(json, "resourceVersion");
  meta.generation = number_of(json, "generation");
  meta.being_deleted = !text_of(json, "deletionTimestamp").empty();
  meta.hook_weight =
      text::number<int>(text_of(member(json, "annotations"), "helm.sh/hook-weight")).value_or(0);
  return meta;
}

bool is_usable(const ObjectMeta& meta, bool in_name_space) {
  return is_name(meta.name) && (in_name_space ? is_name(meta.name_space) : true) &&
         !meta.resource_version.empty();
}

std::vector<Condition> conditions_of(const Json& status) {
  std::vector<Condition> result;
  const Json& conditions = member(status, "conditions");
  if (!conditions.is_array()) return result;
  for (const Json& condition : conditions)
    result.push_back({text_of(condition, "type"), text_of(condition, "status"),
                      text_of(condition, "reason"), text_of(condition, "message"),
                      text_of(condition, "lastTransitionTime"),
                      number_of(condition, "observedGeneration")});
  return result;
}

std::string status_patch(const ObjectMeta& meta, const StatusPatch& status) {
  Json conditions = Json::array();
  for (const Condition& condition : status.conditions)
    conditions.push_back(condition_json(condition));
  Json patch = {{"metadata", {{"resourceVersion", meta.resource_version}, {"uid", meta.uid}}},
                {"status",
                 {{"state", status.state},
                  {"observedGeneration", status.observed_generation},
                  {"conditions", std::move(conditions)}}}};
  if (status.hash) patch["status"]["hash"] = *status.hash;
  return patch.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string status_message(std::string_view json) {
  const Json status = Json::parse(json, nullptr, false);
  std::string message = text::without_escapes(text_of(status, "message"));
  std::replace_if(message.begin(), message.end(), text::is_control, ' ');
  return diag::shortened(std::move(message), longest_message);
}

}  // namespace sconectl::kubernetes
