// `sconectl rollout` and `apply --release-version` as a user types them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "image/folder_cache.hpp"
#include "program.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/host/files.hpp"
#include "support/fake_api_server.hpp"
#include "support/loopback_http.hpp"

namespace sconectl::cli {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

class RolloutCommand : public testing::Test {
 protected:
  RolloutCommand() {
    const std::string id(64, 'a');
    image::FolderCache cache(program.machine.files, "/home/user/.cache/sconectl/images");
    cache.keep(id, {{"charts/web/Chart.yaml", "name: web\n"},
                    {"charts/web/values.yaml.template", "image: {{image_name}}\n"},
                    {"policy/env.yaml", ""},
                    {"policy/secrets.yaml", ""},
                    {"policy/binaries.yaml", "binaries: [/usr/bin/web]\n"},
                    {"policy/template-policy.yaml",
                     "name: {{session}}\nversion: \"0.3.10\"\nservices:\n- name: web\n"
                     "  command: web\n  attestation: [{mrenclave: [\"{{MEASURED}}\"]}]\n"}});
    program.machine.processes.always({"podman", "image", "inspect"},
                                     {0, 0, "sha256:" + id + "\n", ""});
    program.machine.files.put(
        "mesh.yaml",
        "apiVersion: scone/5.8\nkind: mesh\ncas: [{name: cas, cas_url: cas, cas_key: " +
            service.key_hash() +
            "}]\npolicy: {namespace: demo}\nenv: [{service: global, env: [{name: MEASURED, value: "
            "$M}]}]\nservices: [{name: web, image: 'r/web:1'}]\n");
  }
  int apply(const std::string& version, char measured) {
    return program.run({"apply", "-f", "mesh.yaml", "--engine", "podman", "--release-version",
                        version, "-e", "M=" + std::string(64, measured)});
  }
  void add_pod(const std::string& name, const std::string& image) {
    program.machine.files.put("/home/user/.kube/config",
                              "contexts: [{name: c, context: {cluster: c, user: u}}]\n"
                              "clusters: [{name: c, cluster: {server: 'https://api:6443'}}]\n"
                              "users: [{name: u, user: {token: t}}]\ncurrent-context: c\n");
    api.pods["shop/" + name] = {
        {"metadata",
         {{"labels", {{"app.kubernetes.io/name", "web"}, {"app.kubernetes.io/instance", "demo"}}}}},
        {"spec", {{"containers", {{{"image", image}}}}}}};
  }

  std::unique_ptr<host::Files> disk = host::system_files();
  host::TemporaryDirectory directory{*disk, "cli-test-"};
  test::FixedClock cas_clock;
  casd::Service service{{.data = directory.path() / "data"}, cas_clock};
  test::LoopbackHttp http{service};
  test::FakeApiServer api{http};
  test::Program program{api};
};

TEST_F(RolloutCommand, says_what_is_accepted_and_ends_with_0) {
  ASSERT_EQ(apply("1", '1'), 0) << program.err;
  EXPECT_THAT(program.err, HasSubstr("helm install demo ./target/helm"));
  ASSERT_EQ(apply("2", '2'), 0) << program.err;
  EXPECT_THAT(program.err, AllOf(HasSubstr("versions 1, 2 are accepted"),
                                 HasSubstr("helm upgrade demo ./target/helm")));
  EXPECT_EQ(program.run({"rollout", "status"}), 0) << program.err;
  EXPECT_THAT(program.out,
              AllOf(HasSubstr("rollout 1 -> 2"),
                    HasSubstr("version 1: mrenclave " + std::string(64, '1') + " is accepted"),
                    HasSubstr("version 2: mrenclave " + std::string(64, '2') + " is accepted"),
                    HasSubstr("pods are not known: no cluster is known")));
  EXPECT_EQ(program.run({"rollout", "finish"}), 0) << program.err;
  EXPECT_THAT(program.out, HasSubstr("version 2 is the only one that is accepted, 1 is no more"));
  EXPECT_EQ(program.run({"rollout", "finish"}), 0);
  EXPECT_THAT(program.out, HasSubstr("nothing to do"));
}

TEST_F(RolloutCommand, the_documents_of_json_say_the_same) {
  ASSERT_EQ(apply("1", '1'), 0);
  ASSERT_EQ(apply("2", '2'), 0);
  add_pod("web-1", "r/web:1");
  ASSERT_EQ(program.run({"rollout", "status", "-n", "shop", "--json"}), 0) << program.err;
  const json status = json::parse(program.out);
  EXPECT_EQ(status.at("schema"), "sconectl/v1/rollout-status");
  EXPECT_EQ(status.at("versions"), json::array({"1", "2"}));
  EXPECT_EQ(status.at("running"), true);
  const json& versions = status.at("services").at(0).at("versions");
  EXPECT_EQ(versions.at(0).at("accepted").at(0), "mrenclave " + std::string(64, '1'));
  EXPECT_EQ(versions.at(1).at("pods"), 1);
  ASSERT_EQ(program.run({"rollout", "finish", "-n", "shop", "--json"}), 0) << program.err;
  const json finished = json::parse(program.out);
  EXPECT_EQ(finished.at("removed"), json::array({"1"}));
  EXPECT_EQ(finished.at("sessions").at(1).at("result"), "updated");
}

TEST_F(RolloutCommand, what_can_not_be_done_has_a_status_of_its_own) {
  EXPECT_EQ(program.run({"rollout", "status"}), 4);
  EXPECT_THAT(program.err, HasSubstr("--release-version"));
  EXPECT_EQ(apply("not a label", '1'), 2);
  EXPECT_EQ(program.run({"apply", "-f", "mesh.yaml", "--release-version", "2",
                         "--new-access-tokens", "-e", "M=1"}),
            2);
  EXPECT_EQ(program.run({"rollout", "finish", "--now"}), 2);
  ASSERT_EQ(apply("1", '1'), 0);
  ASSERT_EQ(apply("2", '2'), 0);
  add_pod("web-odd", "r/web:9");
  EXPECT_EQ(program.run({"rollout", "finish", "-n", "shop"}), 1);
  EXPECT_THAT(program.err, HasSubstr("web-odd"));
  EXPECT_EQ(program.run({"rollout", "finish", "-n", "shop", "--force", "-d"}), 0);
  EXPECT_THAT(program.out, HasSubstr("session demo/web would be uploaded"));
}

}  // namespace
}  // namespace sconectl::cli
