// Where the API server is: kubeconfig, service account.
#include "sconectl/kubernetes/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"
#include "support/map_environment.hpp"
#include "support/matchers.hpp"
#include "support/memory_files.hpp"

namespace sconectl::kubernetes {
namespace {

using diag::ErrorKind;
using test::HasButNot;

constexpr const char* account = "/var/run/secrets/kubernetes.io/serviceaccount/";

std::string kube_config(const std::string& cluster = "",
                        const std::string& user = "token: secret-token") {
  return "apiVersion: v1\n"
         "kind: Config\n"
         "current-context: here\n"
         "contexts:\n"
         "- {name: here, context: {cluster: c, user: u, namespace: apps}}\n"
         "- {name: there, context: {cluster: c2, user: u}}\n"
         "clusters:\n"
         "- name: c\n"
         "  cluster:\n"
         "    server: https://10.0.0.1:6443/\n"
         "    certificate-authority-data: Q0EgUEVN\n" +
         (cluster.empty() ? "" : "    " + cluster + "\n") +
         "- name: c2\n"
         "  cluster: {server: 'https://other', certificate-authority: ca.pem}\n"
         "users:\n"
         "- name: u\n"
         "  user:\n"
         "    " +
         user + "\n";
}

class ClusterTest : public testing::Test {
 protected:
  Cluster read(const std::string& text, const std::optional<std::string>& context = std::nullopt) {
    files.put("/k/config", text);
    return read_kube_config(files, "/k/config", context);
  }
  void expect_error(const std::string& text, ErrorKind kind, const std::string& said) {
    try {
      (void)read(text);
      FAIL() << "no error: " << said;
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.text();
      EXPECT_THAT(error.text(), HasButNot(said, "secret"));
      for (const std::string& cause : error.causes()) EXPECT_THAT(cause, HasButNot("", "secret"));
    }
  }

  test::MemoryFiles files;
  test::MapEnvironment environment;
};

TEST_F(ClusterTest, a_kubeconfig_is_read_by_its_current_context) {
  const Cluster cluster = read(kube_config());
  EXPECT_EQ(cluster.server, "https://10.0.0.1:6443");
  EXPECT_EQ(cluster.authorities, "CA PEM");
  EXPECT_EQ(cluster.token.view(), "secret-token");
  EXPECT_EQ(cluster.name_space, "apps");
  EXPECT_FALSE(cluster.client);
}

TEST_F(ClusterTest, another_context_and_files_beside_the_kubeconfig) {
  files.put("/k/ca.pem", "OTHER CA");
  files.put("/k/client.pem", "CHAIN");
  files.put("/k/client.key", "KEY");
  const Cluster cluster =
      read(kube_config("", "{client-certificate: client.pem, client-key: client.key}"), "there");
  EXPECT_EQ(cluster.server, "https://other");
  EXPECT_EQ(cluster.authorities, "OTHER CA");
  EXPECT_EQ(cluster.name_space, "default");
  ASSERT_TRUE(cluster.client);
  EXPECT_EQ(cluster.client->chain_pem + cluster.client->key_pem, "CHAINKEY");
}

TEST_F(ClusterTest, what_would_weaken_or_change_the_connection_is_refused_by_name) {
  for (const char* weak : {"insecure-skip-tls-verify: true", "insecure-skip-tls-verify: 'yes'",
                           "proxy-url: http://secret@proxy", "tls-server-name: other"}) {
    const std::string key = std::string(weak).substr(0, std::string(weak).find(':'));
    expect_error(kube_config(weak), ErrorKind::unsupported, "'" + key + "'");
  }
  for (const char* user : {"exec: {command: secret}", "username: u", "password: secret",
                           "auth-provider: {name: secret}", "as: somebody"}) {
    const std::string key = std::string(user).substr(0, std::string(user).find(':'));
    expect_error(kube_config("", user), ErrorKind::unsupported, "'" + key + "'");
  }
  EXPECT_NO_THROW((void)read(kube_config("insecure-skip-tls-verify: false")));
}

TEST_F(ClusterTest, nonsense_is_told_without_its_content) {
  expect_error("secret: [", ErrorKind::invalid, "is not YAML");
  expect_error("- secret", ErrorKind::invalid, "current-context");
  expect_error("current-context: gone\ncontexts: secret\n", ErrorKind::invalid, "context 'gone'");
  expect_error(kube_config("", "{client-key-data: c2VjcmV0}"), ErrorKind::invalid,
               "belong together");
  expect_error(kube_config("", "{token: [secret]}"), ErrorKind::invalid, "'token' is no text");
  expect_error(kube_config("", "{client-certificate-data: 'secret!', client-key-data: x}"),
               ErrorKind::invalid, "is not base64");
  std::string plain = kube_config();
  plain.replace(plain.find("https"), 5, "http");
  expect_error(plain, ErrorKind::invalid, "'server' is no https:// address");
}

TEST_F(ClusterTest, in_a_pod_it_is_the_service_account) {
  EXPECT_FALSE(in_cluster(files, environment));
  environment.variables["KUBERNETES_SERVICE_HOST"] = "fd00::1";
  environment.variables["KUBERNETES_SERVICE_PORT"] = "443";
  EXPECT_FALSE(in_cluster(files, environment));  // a pod without a token
  files.put(std::string(account) + "token", "t");
  files.put(std::string(account) + "ca.crt", "CA");
  files.put(std::string(account) + "namespace", "apps");
  for (const char* port : {"", "many", "70000"}) {
    environment.variables["KUBERNETES_SERVICE_PORT"] = port;
    EXPECT_FALSE(in_cluster(files, environment)) << port;
  }
  environment.variables["KUBERNETES_SERVICE_PORT"] = "443";
  const auto cluster = in_cluster(files, environment);
  ASSERT_TRUE(cluster);
  EXPECT_EQ(cluster->server, "https://[fd00::1]:443");
  EXPECT_EQ(cluster->authorities, "CA");
  EXPECT_EQ(cluster->token_file, std::string(account) + "token");
  EXPECT_TRUE(cluster->token.empty());
  EXPECT_EQ(cluster->name_space, "apps");
}

TEST_F(ClusterTest, what_is_said_wins_over_what_is_found) {
  files.put("/home/user/.kube/config", kube_config());
  EXPECT_EQ(find_cluster(files, environment, {}).server, "https://10.0.0.1:6443");
  environment.variables = {{"KUBERNETES_SERVICE_HOST", "10.9.9.9"},
                           {"KUBERNETES_SERVICE_PORT", "443"}};
  files.put(std::string(account) + "token", "t");
  files.put(std::string(account) + "ca.crt", "CA");
  EXPECT_EQ(find_cluster(files, environment, {}).server, "https://10.9.9.9:443");
  EXPECT_THROW((void)find_cluster(files, environment, {{}, "there"}), diag::Error);
  environment.variables["KUBECONFIG"] = "/nowhere:/home/user/.kube/config";
  EXPECT_EQ(find_cluster(files, environment, {}).server, "https://10.0.0.1:6443");
  files.put("/second", kube_config());
  environment.variables["KUBECONFIG"] = "/second:/home/user/.kube/config";
  EXPECT_THROW((void)find_cluster(files, environment, {}), diag::Error);
  environment.variables["KUBECONFIG"] = "/nowhere";
  EXPECT_THROW((void)find_cluster(files, environment, {}), diag::Error);
  EXPECT_EQ(find_cluster(files, environment, {"/second", {}}).server, "https://10.0.0.1:6443");
  test::MemoryFiles none;
  test::MapEnvironment empty;
  EXPECT_THROW((void)find_cluster(none, empty, {}), diag::Error);
}

}  // namespace
}  // namespace sconectl::kubernetes
