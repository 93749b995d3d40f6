#include <fmt/format.h>

#include <array>
#include <span>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/kubernetes/cluster.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/yaml/parse.hpp"

namespace sconectl::kubernetes {
namespace {

namespace fs = std::filesystem;
using diag::Error;
using diag::ErrorKind;

constexpr std::size_t kube_config_limit = std::size_t{4} << 20U;
constexpr std::size_t most_file_bytes = std::size_t{1} << 20U;

constexpr std::array<std::string_view, 2> cluster_not_built_in = {"proxy-url", "tls-server-name"};
constexpr std::array<std::string_view, 8> user_not_built_in = {
    "exec", "auth-provider", "username", "password", "as", "as-uid", "as-groups", "as-user-extra"};

class Reader {
 public:
  Reader(const host::Files& files, fs::path path)
      : files_(files), path_(std::move(path)), root_(parsed()) {}

  Cluster read(const std::optional<std::string>& chosen) {
    const std::string context_name = chosen ? *chosen : text(root_, "current-context");
    if (context_name.empty()) fail("has no 'current-context': choose one with --context");
    const yaml::Value context = named("contexts", "context", context_name);
    Cluster cluster;
    const std::string name_space = text(context, "namespace");
    if (!name_space.empty()) cluster.name_space = name_space;
    read_cluster(named("clusters", "cluster", text(context, "cluster")), cluster);
    read_user(named("users", "user", text(context, "user")), cluster);
    return cluster;
  }

 private:
  /// Texts of errors hold no line of the file: it is full of keys.
  yaml::Value parsed() {
    crypto::Secret content = crypto::Secret::adopt(files_.read(path_, kube_config_limit));
    try {
      return yaml::parse_document(path_.string(), std::string(content.view()));
    } catch (const Error&) {
      fail("is not YAML");
    }
  }

  [[noreturn]] void fail(const std::string& why, ErrorKind kind = ErrorKind::invalid) const {
    throw Error(kind, fmt::format("kubeconfig {}: {}", path_.string(), why));
  }

  std::string text(const yaml::Value& mapping, std::string_view key) const {
    const yaml::Value* value = mapping.find(key);
    if (value == nullptr || value->is_null()) return "";
    if (!value->is_scalar()) fail(fmt::format("'{}' is no text", key));
    return value->text();
  }

  /// The entry of a list of {name: …, <what>: {…}}.
  yaml::Value named(std::string_view list, std::string_view what, const std::string& name) const {
    const yaml::Value* entries = root_.find(list);
    if (entries != nullptr)
      for (const yaml::Value& entry : entries->items()) {
        const yaml::Value* value = entry.find(what);
        if (text(entry, "name") == name && value != nullptr && value->is_mapping()) return *value;
      }
    fail(fmt::format("there is no {} '{}'", what, name));
  }

  void refuse(const yaml::Value& mapping, std::span<const std::string_view> keys) const {
    for (const std::string_view key : keys) {
      const yaml::Value* value = mapping.find(key);
      const bool set = value != nullptr && !value->is_null() && value->text() != "false" &&
                       (value->is_mapping() || value->is_sequence() || !value->text().empty());
      if (set)
        fail(fmt::format("'{}' is not built in; use a token, a client certificate or a service "
                         "account",
                         key),
             ErrorKind::unsupported);
    }
  }

  /// `<key>-data` holds base64, `<key>` a path.
  crypto::Secret data_or_file(const yaml::Value& mapping, const std::string& key) const {
    if (const std::string data = text(mapping, key + "-data"); !data.empty()) {
      auto bytes = crypto::unbase64(data);
      if (!bytes) fail(fmt::format("'{}-data' is not base64", key));
      return crypto::Secret::adopt(*std::move(bytes));
    }
    const std::string file = text(mapping, key);
    if (file.empty()) return {};
    return crypto::Secret::adopt(files_.read(path_.parent_path() / file, most_file_bytes));
  }

  void read_cluster(const yaml::Value& from, Cluster& cluster) const {
    refuse(from, cluster_not_built_in);
    if (const std::string skip = text(from, "insecure-skip-tls-verify");
        !skip.empty() && skip != "false")
      fail("'insecure-skip-tls-verify' is not supported: name the server's authority instead",
           ErrorKind::unsupported);
    cluster.server = text(from, "server");
    while (cluster.server.ends_with('/')) cluster.server.pop_back();
    if (!cluster.server.starts_with("https://")) fail("'server' is no https:// address");
    (void)host::parse_url(cluster.server);
    cluster.authorities = data_or_file(from, "certificate-authority").view();
  }

  void read_user(const yaml::Value& from, Cluster& cluster) const {
    refuse(from, user_not_built_in);
    const crypto::Secret chain = data_or_file(from, "client-certificate");
    const crypto::Secret key = data_or_file(from, "client-key");
    if (chain.empty() != key.empty()) fail("'client-certificate' and 'client-key' belong together");
    if (!chain.empty()) cluster.client.emplace(std::string(chain.view()), std::string(key.view()));
    if (const std::string file = text(from, "tokenFile"); !file.empty())
      cluster.token_file = path_.parent_path() / file;
    else
      cluster.token = crypto::Secret(text(from, "token"));
  }

  const host::Files& files_;
  fs::path path_;
  yaml::Value root_;
};

}  // namespace

Cluster read_kube_config(const host::Files& files, const fs::path& path,
                         const std::optional<std::string>& context) {
  return Reader(files, path).read(context);
}

}  // namespace sconectl::kubernetes
