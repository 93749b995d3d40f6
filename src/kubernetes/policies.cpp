#include "sconectl/kubernetes/policies.hpp"

#include <fmt/format.h>

#include "kubernetes/policy_json.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::kubernetes {
namespace {

using diag::Error;
using diag::ErrorKind;

/// An object is at most about 1.5 MB, so a page stays below the limit of a reply.
constexpr int page_size = 40;
constexpr std::size_t most_pages = 1000;
constexpr std::size_t token_limit = std::size_t{1} << 16U;
/// A watch ends when the server says so; if it never does, this much later.
constexpr std::chrono::seconds watch_grace{15};

std::string encoded(std::string_view text) {
  std::string result;
  for (const char c : text)
    result += text::is_unreserved(c)
                  ? std::string(1, c)
                  : fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  return result;
}

ErrorKind kind_of(int status) {
  if (status == 401) return ErrorKind::unauthenticated;
  if (status == 403) return ErrorKind::refused;
  const bool may_pass = status == 404 || status == 408 || status == 429 || status >= 500;
  return may_pass ? ErrorKind::unavailable : ErrorKind::failed;
}

[[noreturn]] void throw_status(const host::HttpResponse& response, std::string_view doing) {
  std::vector<std::string> causes;
  if (std::string message = status_message(response.body); !message.empty())
    causes.push_back(std::move(message));
  throw Error(
      kind_of(response.status),
      fmt::format("the API server answered with HTTP status {} when asked to {}{}", response.status,
                  doing,
                  response.status == 404 ? "; are the custom resource definitions installed?" : ""),
      std::move(causes));
}

}  // namespace

Policies::Policies(host::Http& http, const host::Files& files, Cluster cluster,
                   std::optional<std::string> name_space)
    : http_(http), files_(files), cluster_(std::move(cluster)), name_space_(std::move(name_space)) {
  tls_.client = cluster_.client;
  if (!cluster_.authorities.empty())
    tls_.trust = host::ChainTo{{cluster_.authorities}, host::HostName::compared};
}

std::string Policies::path(PolicyKind kind) const {
  std::string result = cluster_.server + "/apis/cas.scone.cloud/v1beta1/";
  if (name_space_) result += "namespaces/" + encoded(*name_space_) + "/";
  return result + std::string(text::word(kind));
}

host::HttpResponse Policies::send(host::HttpRequest request) {
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("User-Agent", "sconectl-controller");
  const crypto::Secret read =
      cluster_.token_file.empty()
          ? crypto::Secret()
          : crypto::Secret::adopt(files_.read(cluster_.token_file, token_limit));
  const std::string_view token =
      text::trimmed(cluster_.token_file.empty() ? cluster_.token.view() : read.view());
  if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + std::string(token));
  return http_.send(request, tls_);
}

PolicyList Policies::list(PolicyKind kind) {
  PolicyList result;
  std::string next;
  for (std::size_t page = 0; page < most_pages; ++page) {
    host::HttpRequest request;
    request.url = fmt::format("{}?limit={}", path(kind), page_size);
    if (!next.empty()) request.url += "&continue=" + encoded(next);
    const host::HttpResponse response = send(std::move(request));
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
  host::HttpRequest request;
  request.url =
      fmt::format("{}?watch=1&allowWatchBookmarks=true&timeoutSeconds={}&resourceVersion={}",
                  path(kind), duration.count(), encoded(resource_version));
  request.timeout = duration + watch_grace;
  const host::HttpResponse response = send(std::move(request));
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
  host::HttpRequest request;
  request.method = "PATCH";
  request.url = fmt::format("{}/apis/cas.scone.cloud/v1beta1/namespaces/{}/{}/{}/status",
                            cluster_.server, encoded(policy.meta.name_space),
                            text::word(policy.kind), encoded(policy.meta.name));
  request.url += "?fieldManager=sconectl-controller";
  request.headers.emplace_back("Content-Type", "application/merge-patch+json");
  request.body = status_patch(policy, status);
  const host::HttpResponse response = send(std::move(request));
  if (response.status == 409) return StatusWritten::changed;
  if (response.status == 404) return StatusWritten::deleted;
  if (response.status < 200 || response.status > 299)
    throw_status(response, "write the status of " + policy.title());
  return StatusWritten::written;
}

}  // namespace sconectl::kubernetes
