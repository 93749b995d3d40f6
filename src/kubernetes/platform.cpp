#include "sconectl/kubernetes/platform.hpp"

#include <fmt/format.h>

#include "kubernetes/object_json.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::kubernetes {
namespace {

constexpr std::size_t most_resources = 1000;

bool has_name_spaces(PlatformKind kind) {
  return kind == PlatformKind::cas;
}

std::string group_path(PlatformKind kind) {
  return kind == PlatformKind::cas ? "/apis/services.scone.cloud/v1beta1/"
                                   : "/apis/base.scone.cloud/v1beta1/";
}

std::string status_path(const PlatformResource& resource) {
  std::string path = group_path(resource.kind);
  if (has_name_spaces(resource.kind))
    path += fmt::format("namespaces/{}/", encoded(resource.meta.name_space));
  return path + fmt::format("{}/{}/status", text::word(resource.kind), encoded(resource.meta.name));
}

PlatformResource resource_of(PlatformKind kind, const Json& object) {
  PlatformResource resource;
  resource.kind = kind;
  resource.meta = meta_of(object);
  const Json& spec = member(object, "spec");
  resource.client_port = number_of(member(spec, "service"), "clientPort");
  if (const Json& name = member(spec, "daemonSet"); name.is_object())
    resource.daemon_set = DaemonSetName{text_of(name, "namespace"), text_of(name, "name")};
  const Json& status = member(object, "status");
  resource.state = text_of(status, "state");
  resource.observed_generation = number_of(status, "observedGeneration");
  resource.conditions = conditions_of(status);
  return resource;
}

}  // namespace

std::optional<std::vector<PlatformResource>> Platform::list(PlatformKind kind) {
  const host::HttpResponse response =
      server_.get(fmt::format("{}{}?limit={}", group_path(kind), text::word(kind), most_resources));
  if (response.status == 404) return std::nullopt;
  if (response.status != 200) throw_status(response, fmt::format("list {}", text::word(kind)));
  const Json page = parsed_object(response.body);
  std::vector<PlatformResource> result;
  for (const Json& item : member(page, "items")) {
    PlatformResource resource = resource_of(kind, item);
    if (is_usable(resource.meta, has_name_spaces(kind))) result.push_back(std::move(resource));
  }
  return result;
}

std::optional<DaemonSetState> Platform::daemon_set(const DaemonSetName& name) {
  if (!is_name(name.name_space) || !is_name(name.name)) return std::nullopt;
  const host::HttpResponse response = server_.get(fmt::format(
      "/apis/apps/v1/namespaces/{}/daemonsets/{}", encoded(name.name_space), encoded(name.name)));
  if (response.status == 404) return std::nullopt;
  if (response.status != 200) throw_status(response, "read a DaemonSet");
  const Json object = parsed_object(response.body);
  const Json& status = member(object, "status");
  return DaemonSetState{number_of(status, "desiredNumberScheduled"),
                        number_of(status, "numberReady")};
}

StatusWritten Platform::write_status(const PlatformResource& resource) {
  const host::HttpResponse response = server_.patch(
      status_path(resource) + "?fieldManager=sconectl-controller",
      status_patch(resource.meta, {resource.state, std::nullopt, resource.observed_generation,
                                   resource.conditions}));
  if (response.status == 409) return StatusWritten::changed;
  if (response.status == 404) return StatusWritten::deleted;
  if (response.status < 200 || response.status > 299)
    throw_status(response, fmt::format("write a status of {}", text::word(resource.kind)));
  return StatusWritten::written;
}

}  // namespace sconectl::kubernetes
