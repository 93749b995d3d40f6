#include "kubernetes/policy_json.hpp"

#include <fmt/format.h>

#include "kubernetes/object_json.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::kubernetes {
namespace {

using diag::Error;
using diag::ErrorKind;

constexpr int status_gone = 410;

PolicyStatus status_of(const Json& object) {
  const Json& json = member(object, "status");
  PolicyStatus status;
  status.state = text_of(json, "state");
  status.hash = text_of(json, "hash");
  status.observed_generation = number_of(json, "observedGeneration");
  status.conditions = conditions_of(json);
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

/// False at the end of what this answer can tell.
bool take_event(PolicyKind kind, std::string_view line, Watched& watched) {
  const Json event = parsed_object(line);
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
  if (is_usable(policy.meta, true))
    watched.events.push_back(
        {type == "DELETED" ? PolicyEvent::Type::deleted : PolicyEvent::Type::changed,
         std::move(policy)});
  return true;
}

}  // namespace

PolicyPage decode_page(PolicyKind kind, std::string_view json) {
  const Json page = parsed_object(json);
  const Json& items = member(page, "items");
  if (!items.is_array())
    throw Error(ErrorKind::failed, "the API server gave no list where one was asked for");
  PolicyPage result;
  result.list.resource_version = text_of(member(page, "metadata"), "resourceVersion");
  result.next = text_of(member(page, "metadata"), "continue");
  for (const Json& item : items) {
    Policy policy = policy_of(kind, item);
    if (is_usable(policy.meta, true))
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

}  // namespace sconectl::kubernetes
