#include "sconectl/oci/credentials.hpp"

#include <fmt/core.h>

#include "oci/wiped_json.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::oci {
namespace {

namespace fs = std::filesystem;
using Json = WipedJson::Json;

constexpr std::size_t largest_configuration = std::size_t{4} << 20U;
/// The key that docker's own client has for the registry docker.io.
constexpr const char* docker_key = "https://index.docker.io/v1/";
/// What helpers say instead of a user if the secret is a refresh token.
constexpr const char* token_user = "<token>";

std::string server_of(const std::string& registry) {
  return registry == "docker.io" ? docker_key : registry;
}

const Json& section_of(const Json& json, const char* name) {
  static const Json nothing = Json::object();
  const auto found = json.find(name);
  return found != json.end() && found->is_object() ? *found : nothing;
}

std::string word_at(const Json& json, const std::string& key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<Login> login_in(const Json& entry) {
  if (!entry.is_object()) return std::nullopt;
  if (std::string token = word_at(entry, "identitytoken"); !token.empty())
    return Login{"", crypto::Secret::adopt(std::move(token)), true};
  if (std::string password = word_at(entry, "password"); !password.empty())
    return Login{word_at(entry, "username"), crypto::Secret::adopt(std::move(password))};
  std::string encoded = word_at(entry, "auth");
  auto decoded = crypto::unbase64(encoded);
  crypto::wipe(encoded);
  if (!decoded || decoded->empty()) return std::nullopt;
  const auto [user, password] = text::cut(*decoded, ':');
  std::optional<Login> result;
  if (password && !user.empty()) {
    std::string_view secret = *password;
    while (secret.ends_with('\0')) secret.remove_suffix(1);  // old clients of docker padded it
    result = Login{std::string(user), crypto::Secret(secret)};
  }
  crypto::wipe(*decoded);
  return result;
}

/// Keys are repositories, or what stands above them, or URLs of old.
std::optional<Login> in_file(const Json& auths, const std::string& registry,
                             const std::string& repository) {
  std::string path = fmt::format("{}/{}", registry, repository);
  while (true) {
    if (const auto entry = auths.find(path); entry != auths.end())
      if (auto login = login_in(*entry)) return login;
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) break;
    path.resize(slash);
  }
  for (const std::string& key :
       {server_of(registry), "https://" + registry, "https://" + registry + "/v1/",
        "https://" + registry + "/v2/", "http://" + registry})
    if (const auto entry = auths.find(key); entry != auths.end())
      if (auto login = login_in(*entry)) return login;
  return std::nullopt;
}

void require_object(const WipedJson& json, const fs::path& path) {
  if (json.was_object()) return;
  throw diag::Error(diag::ErrorKind::unavailable,
                    fmt::format("'{}' is no JSON object, so it is not known who logs in to "
                                "registries; mend it or take it away",
                                path.string()));
}

}  // namespace

std::vector<fs::path> Credentials::configurations() const {
  std::vector<fs::path> result;
  const auto add = [&](const std::string& directory, const fs::path& below) {
    if (!directory.empty()) result.push_back(directory / below);
  };
  const std::string home = environment_.get_or("HOME", "");
  if (const std::string file = environment_.get_or("REGISTRY_AUTH_FILE", ""); !file.empty())
    result.emplace_back(file);
  const std::string docker = environment_.get_or("DOCKER_CONFIG", "");
  add(docker.empty() ? home : docker, docker.empty() ? ".docker/config.json" : "config.json");
  add(environment_.get_or("XDG_RUNTIME_DIR", ""), "containers/auth.json");
  const std::string configuration = environment_.get_or("XDG_CONFIG_HOME", "");
  add(configuration.empty() ? home : configuration,
      configuration.empty() ? ".config/containers/auth.json" : "containers/auth.json");
  return result;
}

std::optional<Login> Credentials::from_helper(const std::string& helper,
                                              const std::string& server) {
  host::Command command;
  command.argv = {"docker-credential-" + helper, "get"};
  command.input = server;
  host::Exit exit = processes_.run(command);
  const WipedJson json(exit.out);
  // A helper that has nothing ends with a status other than 0, and so does one that fails.
  if (!exit.ok() || !json.was_object()) return std::nullopt;
  const std::string user = word_at(json.get(), "Username");
  crypto::Secret secret = crypto::Secret::adopt(word_at(json.get(), "Secret"));
  if (secret.empty()) return std::nullopt;
  return Login{user == token_user ? "" : user, std::move(secret), user == token_user};
}

std::optional<Login> Credentials::login(const std::string& registry,
                                        const std::string& repository) {
  const std::string server = server_of(registry);
  for (const fs::path& path : configurations()) {
    auto text = files_.read_if_exists(path, largest_configuration);
    if (!text) continue;
    const WipedJson read(*text);
    require_object(read, path);
    const Json& json = read.get();
    const Json& helpers = section_of(json, "credHelpers");
    std::string helper = word_at(helpers, registry);
    if (helper.empty()) helper = word_at(helpers, server);
    if (!helper.empty())
      if (auto login = from_helper(helper, server)) return login;
    if (auto login = in_file(section_of(json, "auths"), registry, repository)) return login;
    if (const std::string store = word_at(json, "credsStore"); !store.empty())
      if (auto login = from_helper(store, server)) return login;
  }
  return std::nullopt;
}

}  // namespace sconectl::oci
