#include "sconectl/kubernetes/api_server.hpp"

#include <fmt/format.h>

#include "kubernetes/object_json.hpp"
#include "sconectl/crypto/secret.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::kubernetes {
namespace {

using diag::ErrorKind;

constexpr std::size_t token_limit = std::size_t{1} << 16U;

ErrorKind kind_of(int status) {
  if (status == 401) return ErrorKind::unauthenticated;
  if (status == 403) return ErrorKind::refused;
  const bool may_pass = status == 404 || status == 408 || status == 429 || status >= 500;
  return may_pass ? ErrorKind::unavailable : ErrorKind::failed;
}

host::HttpRequest with_body(const char* method, const std::string& target, const char* type,
                            std::string body) {
  host::HttpRequest request;
  request.method = method;
  request.url = target;
  request.headers.emplace_back("Content-Type", type);
  request.body = std::move(body);
  return request;
}

}  // namespace

ApiServer::ApiServer(host::Http& http, const host::Files& files, Cluster cluster)
    : http_(http), files_(files), cluster_(std::move(cluster)) {
  tls_.client = cluster_.client;
  if (!cluster_.authorities.empty())
    tls_.trust = host::ChainTo{{cluster_.authorities}, host::HostName::compared};
}

host::HttpResponse ApiServer::get(const std::string& target, std::chrono::milliseconds timeout) {
  host::HttpRequest request;
  request.url = target;
  request.timeout = timeout;
  return send(std::move(request));
}

host::HttpResponse ApiServer::post(const std::string& target, std::string object) {
  return send(with_body("POST", target, "application/json", std::move(object)));
}

host::HttpResponse ApiServer::patch(const std::string& target, std::string merge_patch) {
  return send(with_body("PATCH", target, "application/merge-patch+json", std::move(merge_patch)));
}

host::HttpResponse ApiServer::send(host::HttpRequest request) {
  request.url = cluster_.server + request.url;
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("User-Agent", "sconectl-controller");
  crypto::Secret read;
  if (!cluster_.token_file.empty())
    read = crypto::Secret::adopt(files_.read(cluster_.token_file, token_limit));
  const std::string_view token =
      text::trimmed(cluster_.token_file.empty() ? cluster_.token.view() : read.view());
  if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + std::string(token));
  return http_.send(request, tls_);
}

void throw_status(const host::HttpResponse& response, std::string_view doing) {
  std::vector<std::string> causes;
  if (std::string message = status_message(response.body); !message.empty())
    causes.push_back(std::move(message));
  const std::string_view hint =
      response.status == 404 ? "; are the custom resource definitions installed?" : "";
  throw diag::Error(kind_of(response.status),
                    fmt::format("the API server answered with HTTP status {} when asked to {}{}",
                                response.status, doing, hint),
                    std::move(causes));
}

std::string encoded(std::string_view text) {
  std::string result;
  for (const char c : text)
    result += text::is_unreserved(c)
                  ? std::string(1, c)
                  : fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace sconectl::kubernetes
