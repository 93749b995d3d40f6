#include "sconectl/kubernetes/policies.hpp"

#include <fmt/format.h>

#include "kubernetes/object_json.hpp"
#include "kubernetes/policy_json.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::kubernetes {
namespace {

using diag::Error;
using diag::ErrorKind;

/// An object is at most about 1.5 MB, so a page stays below the limit of a reply.
constexpr int page_size = 40;
constexpr std::size_t most_pages = 1000;
/// A watch ends when the server says so; if it never does, this much later.
constexpr std::chrono::seconds watch_grace{15};

}  // namespace

Policies::Policies(ApiServer& server, std::optional<std::string> name_space)
    : server_(server), name_space_(std::move(name_space)) {}

std::string Policies::path(PolicyKind kind) const {
  std::string result = "/apis/cas.scone.cloud/v1beta1/";
  if (name_space_) result += "namespaces/" + encoded(*name_space_) + "/";
  return result + std::string(text::word(kind));
}

PolicyList Policies::list(PolicyKind kind) {
  PolicyList result;
  std::string next;
  for (std::size_t page = 0; page < most_pages; ++page) {
    std::string target = fmt::format("{}?limit={}", path(kind), page_size);
    if (!next.empty()) target += "&continue=" + encoded(next);
    const host::HttpResponse response = server_.get(target);
    const std::string doing = fmt::format("list {}", text::word(kind));
    // The list that the pages are of was forgotten: the next call begins anew.
    if (response.status == 410)
      throw Error(ErrorKind::unavailable, "the API server forgot a list before its last page");
    if (response.status != 200) throw_status(response, doing);
    PolicyPage read = decode_page(kind, response.body);
    result.resource_version = read.list.resource_version;
    result.left_out += read.list.left_out;
    std::move(read.list.policies.begin(), read.list.policies.end(),
              std::back_inserter(result.policies));
    next = std::move(read.next);
    if (next.empty()) return result;
  }
  throw Error(ErrorKind::failed, "the API server sends a list without an end");
}

Watched Policies::watch(PolicyKind kind, const std::string& resource_version,
                        std::chrono::seconds duration) {
  const std::string target =
      fmt::format("{}?watch=1&allowWatchBookmarks=true&timeoutSeconds={}&resourceVersion={}",
                  path(kind), duration.count(), encoded(resource_version));
  const host::HttpResponse response = server_.get(target, duration + watch_grace);
  if (response.status == 410) {
    Watched watched;
    watched.resource_version = resource_version;
    watched.too_old = true;
    return watched;
  }
  if (response.status != 200) throw_status(response, fmt::format("watch {}", text::word(kind)));
  return decode_watch(kind, response.body, resource_version);
}

StatusWritten Policies::write_status(const Policy& policy, const PolicyStatus& status) {
  const std::string target = fmt::format(
      "/apis/cas.scone.cloud/v1beta1/namespaces/{}/{}/{}/status?fieldManager=sconectl-controller",
      encoded(policy.meta.name_space), text::word(policy.kind), encoded(policy.meta.name));
  const host::HttpResponse response = server_.patch(
      target, status_patch(policy.meta, {status.state, status.hash, status.observed_generation,
                                         status.conditions}));
  if (response.status == 409) return StatusWritten::changed;
  if (response.status == 404) return StatusWritten::deleted;
  if (response.status < 200 || response.status > 299)
    throw_status(response, "write the status of " + policy.title());
  return StatusWritten::written;
}

}  // namespace sconectl::kubernetes
