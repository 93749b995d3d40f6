#include "image/docker_socket.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/docker_configuration.hpp"
#include "sconectl/host/environment.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/image/description.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::image {
namespace {

using Json = nlohmann::json;

constexpr std::string_view unix_scheme = "unix://";
constexpr const char* usual_socket = "/var/run/docker.sock";
constexpr std::size_t largest_configuration = std::size_t{4} << 20U;
constexpr std::chrono::milliseconds patience{30'000};
/// The daemon may be building: one that is given up would be left.
constexpr std::chrono::milliseconds patience_with_containers{600'000};

/// Whether the user's Docker configuration names a context other than the default one.
bool has_context(const host::Environment& environment, host::Files& files) {
  if (!environment.get_or("DOCKER_CONTEXT", "").empty()) return true;
  const auto text = files.read_if_exists(host::docker_configuration(environment) / "config.json",
                                         largest_configuration);
  if (!text) return false;
  const Json json = Json::parse(*text, nullptr, false);
  if (!json.is_object()) return true;
  const auto found = json.find("currentContext");
  if (found == json.end()) return false;
  if (!found->is_string()) return true;
  const auto& name = found->get_ref<const std::string&>();
  return !name.empty() && name != "default";
}

/// Characters that stand for themselves in the path of a URL.
bool plain(const std::string& reference) {
  return std::all_of(reference.begin(), reference.end(), [](char c) {
    return text::is_alphanumeric(c) || std::string_view("._-/:@").find(c) != std::string_view::npos;
  });
}

std::optional<ImageIdentity> identity_in(const std::string& body, const std::string& reference) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("Id") || !json["Id"].is_string()) return std::nullopt;
  std::vector<std::string> digests;
  if (const auto found = json.find("RepoDigests"); found != json.end() && found->is_array())
    for (const Json& digest : *found)
      if (digest.is_string()) digests.push_back(digest.get<std::string>());
  ImageIdentity result = identity_of(json["Id"].get<std::string>(), digests, reference);
  const Json::json_pointer label(fmt::format("/Config/Labels/{}", description_label));
  if (json.contains(label) && json[label].is_string())
    result.description = json[label].get<std::string>();
  return result;
}

host::HttpRequest question(const std::string& socket, std::string method,
                           const std::string& target) {
  host::HttpRequest request;
  request.method = std::move(method);
  request.url = "http://docker" + target;
  request.unix_socket = socket;
  request.timeout = patience;
  return request;
}

/// The daemon's answer. Nothing if there is none, or if it comes from something else than a Docker
/// daemon: a status other than 200 only means what the API says when it is this API.
std::optional<host::HttpResponse> ask(host::Http& http, const host::HttpRequest& asked) {
  try {
    host::HttpResponse response = http.send(asked);
    if (response.status == 200) return response;
    const host::HttpResponse ping = http.send(question(asked.unix_socket, "GET", "/_ping"));
    if (ping.status != 200 || ping.header("Api-Version").empty()) return std::nullopt;
    return response;
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    return std::nullopt;
  }
}

/// The daemon's own words, for people.
std::string reason_in(const host::HttpResponse& response) {
  const Json json = Json::parse(response.body, nullptr, false);
  if (json.is_object() && json.contains("message") && json["message"].is_string())
    return json["message"].get<std::string>();
  return fmt::format("it answered with status {}", response.status);
}

/// "registry:5000/a/b" of "registry:5000/a/b:tag@digest".
std::string_view repository(std::string_view reference) {
  reference = reference.substr(0, reference.find('@'));
  const auto colon = reference.rfind(':');
  const auto slash = reference.rfind('/');
  const bool tag =
      colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  return tag ? reference.substr(0, colon) : reference;
}

}  // namespace

std::optional<std::string> docker_socket(const host::Environment& environment, host::Files& files) {
  const std::string daemon = environment.get_or("DOCKER_HOST", "");
  if (daemon.starts_with(unix_scheme)) return daemon.substr(unix_scheme.size());
  if (!daemon.empty() || has_context(environment, files)) return std::nullopt;
  return usual_socket;
}

std::optional<std::map<std::string, ImageIdentity>> ask_docker(
    host::Http& http, const std::string& socket, const std::vector<std::string>& references) {
  std::map<std::string, ImageIdentity> result;
  for (const std::string& reference : references) {
    if (!plain(reference)) return std::nullopt;
    const auto answer =
        ask(http, question(socket, "GET", fmt::format("/images/{}/json", reference)));
    if (!answer) return std::nullopt;
    if (answer->status == 404) continue;
    if (answer->status != 200)
      throw diag::Error(
          diag::ErrorKind::failed,
          fmt::format("docker could not look at image '{}': {}", reference, reason_in(*answer)));
    auto found = identity_in(answer->body, reference);
    if (!found) return std::nullopt;
    result.emplace(reference, *std::move(found));
  }
  return result;
}

std::optional<bool> container_has(host::Http& http, const std::string& socket,
                                  const std::string& container, const std::string& path) {
  const auto answer =
      ask(http,
          question(socket, "HEAD", fmt::format("/containers/{}/archive?path={}", container, path)));
  if (!answer || (answer->status != 200 && answer->status != 404)) return std::nullopt;
  return answer->status == 200;
}

std::optional<std::string> create_container(host::Http& http, const std::string& socket,
                                            const std::string& reference,
                                            const std::string& argument) {
  host::HttpRequest request = question(socket, "POST", "/containers/create");
  request.headers = {{"Content-Type", "application/json"}};
  request.body = Json{{"Image", reference},
                      {"Cmd", Json::array({argument})},
                      {"HostConfig", Json{{"NetworkMode", "none"}}}}
                     .dump();
  request.timeout = patience_with_containers;
  const auto answer = ask(http, request);
  if (!answer || answer->status != 201) return std::nullopt;
  const Json made = Json::parse(answer->body, nullptr, false);
  if (!made.is_object() || !made.contains("Id") || !made["Id"].is_string()) return std::nullopt;
  auto id = made["Id"].get<std::string>();
  if (id.empty() || !std::all_of(id.begin(), id.end(), text::is_alphanumeric)) return std::nullopt;
  return id;
}

std::optional<std::string> archive_in_container(host::Http& http, const std::string& socket,
                                                const std::string& container,
                                                const std::string& path) {
  host::HttpRequest request =
      question(socket, "GET", fmt::format("/containers/{}/archive?path={}", container, path));
  request.timeout = patience_with_containers;
  auto answer = ask(http, request);
  if (!answer || (answer->status != 200 && answer->status != 404)) return std::nullopt;
  return answer->status == 200 ? std::move(answer->body) : std::string();
}

void remove_container(host::Http& http, const std::string& socket, const std::string& container) {
  host::HttpRequest request =
      question(socket, "DELETE", fmt::format("/containers/{}?v=1", container));
  request.timeout = patience_with_containers;
  (void)http.send(request);
}

ImageIdentity identity_of(std::string id, const std::vector<std::string>& digests,
                          const std::string& reference) {
  ImageIdentity result;
  result.id = id.find(':') == std::string::npos ? "sha256:" + id : std::move(id);
  const std::string wanted = fmt::format("{}@", repository(reference));
  for (const std::string& digest : digests)
    if (result.digest.empty() && digest.starts_with(wanted)) result.digest = digest;
  return result;
}

}  // namespace sconectl::image
