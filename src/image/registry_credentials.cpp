#include "sconectl/image/registry_credentials.hpp"

#include <fmt/core.h>

#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "sconectl/crypto/secret.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/docker_configuration.hpp"
#include "sconectl/host/environment.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::image {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_file = std::size_t{4} << 20U;
constexpr std::array<const char*, 4> credential_keys = {"auth", "identitytoken", "registrytoken",
                                                        "username"};

/// Reads a file with credentials. They are of no interest here and leave the memory again.
nlohmann::json read_configuration(const fs::path& path, const host::Files& files) {
  auto text = files.read_if_exists(path, largest_file);
  if (!text || text->find_first_not_of(" \t\r\n") == std::string::npos)
    return nlohmann::json::object();
  const auto forget = [](int, nlohmann::json::parse_event_t event, nlohmann::json& value) {
    if (event != nlohmann::json::parse_event_t::value || !value.is_string()) return true;
    auto& secret = value.get_ref<std::string&>();
    const bool empty = secret.empty();
    crypto::wipe(secret);
    if (!empty) secret = "set";
    return true;
  };
  nlohmann::json json = nlohmann::json::parse(*text, forget, false);
  crypto::wipe(*text);
  if (json.is_object()) return json;
  throw diag::Error(diag::ErrorKind::unavailable,
                    fmt::format("'{}' is not a JSON object, so it can not tell whether SCONE base "
                                "images are set up; mend it, or choose with '--runtime'",
                                path.string()));
}

std::string_view without_scheme(std::string_view key) {
  for (const std::string_view scheme : {"https://", "http://"})
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  return key;
}

std::string_view host_of(std::string_view key) {
  key = without_scheme(key);
  return key.substr(0, key.find('/'));
}

bool has_text(const nlohmann::json& object, const std::string& key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() &&
         !found->get_ref<const std::string&>().empty();
}

bool holds_credentials(const nlohmann::json& entry) {
  if (!entry.is_object()) return false;
  for (const char* key : credential_keys)
    if (has_text(entry, key)) return true;
  return false;
}

const nlohmann::json& section(const nlohmann::json& json, const char* name) {
  static const nlohmann::json nothing = nlohmann::json::object();
  const auto found = json.find(name);
  return found != json.end() && found->is_object() ? *found : nothing;
}

/// As docker's client: keys are hosts, or URLs of old. A store of its own (`credsStore`) serves
/// every registry; what it has is known by an entry that `docker login` left without credentials.
bool docker_has(const nlohmann::json& json, std::string_view host) {
  if (has_text(section(json, "credHelpers"), std::string(host))) return true;
  const bool has_store = has_text(json, "credsStore");
  for (const auto& [key, entry] : section(json, "auths").items())
    if (host_of(key) == host && (has_store || holds_credentials(entry))) return true;
  return false;
}

/// As podman and buildah: keys are repositories, or hosts and namespaces above them.
bool podman_has(const nlohmann::json& json, std::string_view repository) {
  const nlohmann::json& auths = section(json, "auths");
  const nlohmann::json& helpers = section(json, "credHelpers");
  for (std::string_view prefix = repository;; prefix = prefix.substr(0, prefix.rfind('/'))) {
    const std::string key(prefix);
    if (has_text(helpers, key)) return true;
    if (const auto entry = auths.find(key); entry != auths.end() && holds_credentials(*entry))
      return true;
    if (prefix.find('/') == std::string_view::npos) break;
  }
  for (const auto& [key, entry] : auths.items()) {
    const bool is_url = without_scheme(key).size() != key.size();
    if (is_url && host_of(key) == host_of(repository) && holds_credentials(entry)) return true;
  }
  return false;
}

std::vector<fs::path> podman_files(const host::Environment& environment) {
  if (const std::string only = environment.get_or("REGISTRY_AUTH_FILE", ""); !only.empty())
    return {only};
  const fs::path name = fs::path("containers") / "auth.json";
  const std::string runtime = environment.get_or("XDG_RUNTIME_DIR", "");
  const std::string configuration = environment.get_or("XDG_CONFIG_HOME", "");
  std::vector<fs::path> result;
  result.push_back(runtime.empty() ? fs::path("/run/containers") /
                                         std::to_string(environment.user_id()) / "auth.json"
                                   : runtime / name);
  result.push_back(
      (configuration.empty() ? environment.home_directory() / ".config" : fs::path(configuration)) /
      name);
  result.push_back(host::docker_configuration(environment) / "config.json");
  return result;
}

}  // namespace

std::optional<fs::path> credentials_file(const std::string& engine, const std::string& repository,
                                         const host::Environment& environment,
                                         const host::Files& files) {
  if (engine == "docker") {
    fs::path path = host::docker_configuration(environment) / "config.json";
    if (docker_has(read_configuration(path, files), host_of(repository))) return path;
    return std::nullopt;
  }
  for (fs::path& path : podman_files(environment))
    if (podman_has(read_configuration(path, files), repository)) return std::move(path);
  return std::nullopt;
}

}  // namespace sconectl::image
