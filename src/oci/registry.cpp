#include "sconectl/oci/registry.hpp"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "oci/registry_host.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/terminal_text.hpp"

namespace sconectl::oci {
namespace {

using diag::Error;
using diag::ErrorKind;

constexpr int most_redirections = 5;
constexpr int internal_error = 500;
constexpr std::chrono::minutes patience{10};  // for what is sent in one part

bool is_redirection(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

const char* accepted_types() {
  return "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, "
         "application/vnd.docker.distribution.manifest.v2+json, "
         "application/vnd.docker.distribution.manifest.list.v2+json";
}

/// The registry's own words, for people.
std::string words_of(const host::HttpResponse& response) {
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  const auto pointer = nlohmann::json::json_pointer("/errors/0/message");
  if (json.is_object() && json.contains(pointer) && json[pointer].is_string())
    return text::without_escapes(json[pointer].get<std::string>());
  return fmt::format("status {}", response.status);
}

}  // namespace

Registry::Registry(host::Http& http, const host::Files& files, Credentials& credentials,
                   const ImageName& name)
    : http_(http),
      credentials_(credentials),
      image_(name),
      base_(registry_base(name.registry)),
      tls_(registry_trust(name.registry, files)) {}

Registry::~Registry() {
  crypto::wipe(authorization_);
}

std::string Registry::name() const {
  return fmt::format("the registry, {}/{},", image_.registry, image_.repository);
}

std::string Registry::url(const std::string& target) const {
  return target.starts_with('/') ? base_ + target : target;
}

std::string Registry::path(std::string_view rest) const {
  return fmt::format("/v2/{}/{}", image_.repository, rest);
}

host::HttpResponse Registry::send_once(const Request& request, const std::string& url,
                                       bool authorized) {
  host::HttpRequest message;
  message.method = request.method;
  message.url = url;
  message.headers = request.headers;
  message.body = request.body;
  message.take = request.take;
  message.way = host::Way::outside;
  message.timeout = patience;
  const bool logged_in = authorized && !authorization_.empty();
  if (logged_in) message.headers.emplace_back("Authorization", authorization_);
  host::HttpResponse response = http_.send(message, origin(url) == base_ ? tls_ : host::Tls{});
  if (logged_in) crypto::wipe(message.headers.back().second);
  return response;
}

host::HttpResponse Registry::send(const Request& request) {
  std::string address = url(request.target);
  bool asked_for_login = false;
  for (int step = 0; step <= most_redirections + 1; ++step) {
    // What a registry leads to is somebody else's: no credentials go there.
    const bool own = origin(address) == base_;
    host::HttpResponse response = send_once(request, address, own);
    constexpr int unauthorized = 401;
    if (response.status == unauthorized && own && !asked_for_login) {
      asked_for_login = true;
      if (authorize(response.header("WWW-Authenticate"), request.refused)) continue;
    }
    const std::string location = response.header("Location");
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (!reads || !is_redirection(response.status) || location.empty()) return response;
    address = location.starts_with('/') ? fmt::format("{}{}", origin(address), location) : location;
  }
  throw Error(ErrorKind::failed, fmt::format("{} leads from one address to the next", name()));
}

void Registry::refuse(const host::HttpResponse& response, std::string_view doing,
                      ErrorKind refused) const {
  constexpr int unauthorized = 401;
  constexpr int forbidden = 403;
  constexpr int server_error = 500;
  const std::string words = words_of(response);
  if (response.status == unauthorized)
    throw Error(refused,
                fmt::format("can not {} {}/{}: the registry wants a login ({}); run 'docker login "
                            "{}', or write ~/.docker/config.json",
                            doing, image_.registry, image_.repository, words, image_.registry));
  if (response.status == forbidden)
    throw Error(refused,
                fmt::format("can not {} {}/{}: the registry does not let us ({}); log in "
                            "as somebody who may: 'docker login {}'",
                            doing, image_.registry, image_.repository, words, image_.registry));
  throw Error(response.status >= server_error ? ErrorKind::unavailable : ErrorKind::failed,
              fmt::format("can not {} {}/{}: the registry answers: {}", doing, image_.registry,
                          image_.repository, words));
}

std::optional<FetchedManifest> Registry::manifest(const std::string& selector) {
  Request request{"GET", path("manifests/" + selector), {{"Accept", accepted_types()}}};
  request.refused = ErrorKind::unavailable;
  auto response = send(request);
  if (response.status == 404) return std::nullopt;
  if (response.status != 200) refuse(response, "read an image of", request.refused);
  FetchedManifest result{response.header("Content-Type"), digest_of(response.body),
                         std::move(response.body)};
  if (is_digest(selector) && result.digest != selector)
    throw Error(ErrorKind::invalid,
                fmt::format("{} gives another manifest than {}", name(), selector));
  return result;
}

std::optional<std::string> Registry::digest(const std::string& selector) {
  Request request{"HEAD", path("manifests/" + selector), {{"Accept", accepted_types()}}};
  request.refused = ErrorKind::unavailable;
  const auto response = send(request);
  if (response.status == 404) return std::nullopt;
  if (response.status != 200) refuse(response, "look at an image of", request.refused);
  std::string digest = response.header("Docker-Content-Digest");
  if (is_digest(digest)) return digest;
  const auto whole = manifest(selector);  // a registry that does not say it
  return whole ? std::optional(whole->digest) : std::nullopt;
}

void Registry::blob(const Descriptor& blob, const Sink& take) {
  Request request{"GET", path("blobs/" + blob.digest)};
  request.take = take;
  request.refused = ErrorKind::unavailable;
  const auto response = send(request);
  if (response.status != 200) refuse(response, "read a layer of", request.refused);
}

bool Registry::has_blob(const Descriptor& blob) {
  const auto ask = [&] { return send({"HEAD", path("blobs/" + blob.digest)}); };
  auto response = ask();
  // Registries that keep files note a blob anew while another one asks for it, and trip.
  for (const auto pause : before_asking_again) {
    if (response.status != internal_error) break;
    std::this_thread::sleep_for(pause);
    response = ask();
  }
  if (response.status == 200) return true;
  if (response.status != 404) refuse(response, "look at a layer of");
  return false;
}

}  // namespace sconectl::oci
