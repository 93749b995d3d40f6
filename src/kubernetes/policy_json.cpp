#include "kubernetes/policy_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/number.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/text/terminal_text.hpp"

namespace sconectl::kubernetes {
namespace {

using Json = nlohmann::json;
using diag::Error;
using diag::ErrorKind;

constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_message = 1000;
constexpr int status_gone = 410;

Json parsed(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object())
    throw Error(ErrorKind::failed, "the API server gave an answer that makes no sense");
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

/// Names become parts of paths: nothing but what Kubernetes allows in them.
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

PolicyStatus status_of(const Json& object) {
  const Json& json = member(object, "status");
  PolicyStatus status;
  status.state = text_of(json, "state");
  status.hash = text_of(json, "hash");
  status.observed_generation = number_of(json, "observedGeneration");
  if (const Json& conditions = member(json, "conditions"); conditions.is_array())
    for (const Json& condition : conditions)
      status.conditions.push_back({text_of(condition, "type"), text_of(condition, "status"),
                                   text_of(condition, "reason"), text_of(condition, "message"),
                                   text_of(condition, "lastTransitionTime"),
                                   number_of(condition, "observedGeneration")});
  return status;
}

/// The schema of the kind demands all of this; a server without our schema does not.
void read_spec(const Json& spec, Policy& policy) {
  const auto required = [&](const char* key) {
    std::string value = text_of(spec, key);
    if (value.empty() && policy.fault.empty())
      policy.fault = fmt::format("spec.{} is missing, or no text", key);
    return value;
  };
  policy.cas_address = required("casAddress");
  policy.policy = required("policy");
  if (policy.kind == PolicyKind::encrypted_policy) {
    policy.encryption_key = required("encryptionKey");
    return;
  }
  const Json& signatures = member(spec, "signatures");
  if (signatures.is_array())
    for (const Json& signature : signatures)
      policy.signatures.push_back({text_of(signature, "signer"), text_of(signature, "signature")});
  if (policy.signatures.empty() && policy.fault.empty())
    policy.fault = "spec.signatures is missing, or empty";
}

Policy policy_of(PolicyKind kind, const Json& object) {
  Policy policy;
  policy.kind = kind;
  policy.meta = meta_of(object);
  policy.status = status_of(object);
  read_spec(member(object, "spec"), policy);
  return policy;
}

bool usable(const ObjectMeta& meta) {
  return is_name(meta.name) && is_name(meta.name_space) && !meta.resource_version.empty();
}

Json condition_json(const Condition& condition) {
  return {{"type", condition.type},
          {"status", condition.status},
          {"reason", condition.reason},
          {"message", condition.message},
          {"lastTransitionTime", condition.last_transition_time},
          {"observedGeneration", condition.observed_generation}};
}

/// False at the end of what this answer can tell.
bool take_event(PolicyKind kind, std::string_view line, Watched& watched) {
  const Json event = parsed(line);
  const std::string type = text_of(event, "type");
  const Json& object = member(event, "object");
  if (type == "ERROR") {
    watched.too_old = number_of(object, "code") == status_gone;
    if (!watched.too_old)
      throw Error(ErrorKind::unavailable, "the API server ended a watch with an error",
                  {status_message(object.dump(-1, ' ', false, Json::error_handler_t::replace))});
    return false;
  }
  const std::string version = text_of(member(object, "metadata"), "resourceVersion");
  if (!version.empty()) watched.resource_version = version;
  if (type == "BOOKMARK") return true;
  if (type != "ADDED" && type != "MODIFIED" && type != "DELETED")
    throw Error(ErrorKind::failed, "the API server sent an event that makes no sense");
  Policy policy = policy_of(kind, object);
  if (usable(policy.meta))
    watched.events.push_back(
        {type == "DELETED" ? PolicyEvent::Type::deleted : PolicyEvent::Type::changed,
         std::move(policy)});
  return true;
}

}  // namespace

PolicyPage decode_page(PolicyKind kind, std::string_view json) {
  const Json page = parsed(json);
  const Json& items = member(page, "items");
  if (!items.is_array())
    throw Error(ErrorKind::failed, "the API server gave no list where one was asked for");
  PolicyPage result;
  result.list.resource_version = text_of(member(page, "metadata"), "resourceVersion");
  result.next = text_of(member(page, "metadata"), "continue");
  for (const Json& item : items) {
    Policy policy = policy_of(kind, item);
    if (usable(policy.meta))
      result.list.policies.push_back(std::move(policy));
    else
      ++result.list.left_out;
  }
  return result;
}

Watched decode_watch(PolicyKind kind, std::string_view lines, std::string resource_version) {
  Watched watched;
  watched.resource_version = std::move(resource_version);
  for (const std::string_view line : text::lines(lines))
    if (!text::is_blank(line) && !take_event(kind, line, watched)) break;
  return watched;
}

std::string status_patch(const Policy& policy, const PolicyStatus& status) {
  Json conditions = Json::array();
  for (const Condition& condition : status.conditions)
    conditions.push_back(condition_json(condition));
  const Json patch = {
      {"metadata", {{"resourceVersion", policy.meta.resource_version}, {"uid", policy.meta.uid}}},
      {"status",
       {{"state", status.state},
        {"hash", status.hash},
        {"observedGeneration", status.observed_generation},
        {"conditions", std::move(conditions)}}}};
  return patch.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string status_message(std::string_view json) {
  const Json status = Json::parse(json, nullptr, false);
  std::string message = text::without_escapes(text_of(status, "message"));
  std::replace_if(message.begin(), message.end(), text::is_control, ' ');
  return diag::shortened(std::move(message), longest_message);
}

}  // namespace sconectl::kubernetes
