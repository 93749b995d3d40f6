#include "sconectl/kubernetes/pods.hpp"

#include <fmt/format.h>

#include "kubernetes/object_json.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::kubernetes {
namespace {

constexpr int pods_on_page = 200;
constexpr int most_pod_pages = 500;

Pod pod_of(const Json& object) {
  const Json& meta = member(object, "metadata");
  Pod pod;
  pod.name = text_of(meta, "name");
  pod.service = text_of(member(meta, "labels"), "app.kubernetes.io/name");
  pod.revision = text_of(member(meta, "annotations"), "sconectl/revision");
  for (const Json& container : member(member(object, "spec"), "containers"))
    pod.images.push_back(text_of(container, "image"));
  return pod;
}

bool has_ended(const Json& object) {
  const std::string phase = text_of(member(object, "status"), "phase");
  return phase == "Succeeded" || phase == "Failed";
}

}  // namespace

std::vector<Pod> pods_of_release(ApiServer& server, const std::string& name_space,
                                 const std::string& release) {
  const std::string target =
      fmt::format("/api/v1/namespaces/{}/pods?limit={}&labelSelector={}", encoded(name_space),
                  pods_on_page, encoded("app.kubernetes.io/instance=" + release));
  std::vector<Pod> result;
  std::string next;
  for (int page = 0; page < most_pod_pages; ++page) {
    const host::HttpResponse response =
        server.get(next.empty() ? target : target + "&continue=" + encoded(next));
    if (response.status != 200)
      throw_status(response, fmt::format("list the pods of namespace {}", name_space));
    const Json list = parsed_object(response.body);
    for (const Json& item : member(list, "items"))
      if (!has_ended(item)) result.push_back(pod_of(item));
    next = text_of(member(list, "metadata"), "continue");
    if (next.empty()) return result;
  }
  throw diag::Error(diag::ErrorKind::failed, "the API server sends a list without an end");
}

}  // namespace sconectl::kubernetes
