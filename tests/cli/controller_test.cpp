// `sconectl controller` as a user types it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.hpp"
#include "sconectl/diag/error.hpp"
#include "support/fake_api_server.hpp"
#include "support/matchers.hpp"

namespace sconectl::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* key = "46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt";
constexpr const char* kube_config =
    "current-context: c\n"
    "contexts: [{name: c, context: {cluster: c, user: u}}]\n"
    "clusters: [{name: c, cluster: {server: 'https://api:6443'}}]\n"
    "users: [{name: u, user: {token: secret-token}}]\n";

class ControllerCommand : public testing::Test {
 protected:
  ControllerCommand() { program.machine.files.put("/home/user/.kube/config", kube_config); }

  /// SIGTERM comes after so many requests.
  void ends_after(std::size_t requests) {
    api.before = [this, requests](const std::string&, const std::string&) {
      if (api.requests.size() > requests)
        throw diag::Error(diag::ErrorKind::interrupted, "interrupted");
    };
  }

  test::NoNetwork nobody;
  test::FakeApiServer api{nobody};
  test::Program program{api};
};

TEST_F(ControllerCommand, lists_watches_and_ends_with_0_when_it_is_told_to) {
  ends_after(7);
  EXPECT_EQ(program.run({"controller"}), 0) << program.err;
  EXPECT_THAT(program.err, HasSubstr("watching policies of all namespaces at https://api:6443"));
  EXPECT_EQ(program.out, "");
  ASSERT_GE(api.requests.size(), 6U);
  EXPECT_EQ(api.requests[0], "GET /api/v1/namespaces/default/configmaps/sconectl-controller");
  EXPECT_THAT(api.requests[1], HasSubstr("/v1beta1/signedpolicies?limit="));
  EXPECT_THAT(api.requests[2], HasSubstr("/v1beta1/encryptedpolicies?limit="));
  EXPECT_THAT(api.requests[3],
              HasSubstr("/v1beta1/signedpolicies?watch=1&allowWatchBookmarks=true"));
  EXPECT_THAT(program.err, test::HasButNot("https://api:6443", "secret-token"));
}

TEST_F(ControllerCommand, tells_on_the_object_of_a_cas_that_was_not_named) {
  api.apply("encryptedpolicies", "apps", "x",
            {{"casAddress", "https://cas:8081"},
             {"policy", "AAAA"},
             {"encryptionKey", std::string(64, 'a')}});
  ends_after(9);
  EXPECT_EQ(program.run({"controller", "-n", "apps", "--cas-key", std::string("other=") + key}), 0);
  EXPECT_THAT(api.requests[1], HasSubstr("/namespaces/apps/signedpolicies"));
  EXPECT_EQ(api.object("encryptedpolicies", "apps", "x")["status"]["conditions"][0]["reason"],
            "CasNotTrusted");
}

TEST_F(ControllerCommand, what_it_is_not_let_do_ends_it) {
  for (int i = 0; i < 2; ++i)  // neither the ConfigMap nor the policies
    api.failures.push_back({.status = 403,
                            .headers = {},
                            .body = R"({"message":"forbidden: no list for you"})",
                            .peer_chain = {}});
  EXPECT_EQ(program.run({"controller"}), 1);
  EXPECT_THAT(program.err, AllOf(HasSubstr("HTTP status 403"), HasSubstr("no list for you")));
}

TEST_F(ControllerCommand, wrong_usage_and_a_missing_cluster_contact_nobody) {
  for (const std::string& bad : {std::string("cas"), std::string("cas="), std::string("cas=key"),
                                 std::string("=") + key, std::string("http://cas=") + key})
    EXPECT_EQ(program.run({"controller", "--cas-key", bad}), 2) << bad;
  EXPECT_EQ(program.run({"controller", "--context", "gone"}), 3);
  EXPECT_EQ(program.run({"controller", "--kubeconfig", "/nowhere"}), 4);
  program.machine.files.remove_tree("/home/user/.kube");
  EXPECT_EQ(program.run({"controller"}), 4);
  EXPECT_THAT(program.err, HasSubstr("no cluster is known"));
  EXPECT_TRUE(api.requests.empty());
}

}  // namespace
}  // namespace sconectl::cli
