// A software update from the first version to the last measurement that is removed: real sessions
// on a CAS in this process, pods of a cluster of fakes.
#include "sconectl/action/rollout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "action/rollout_record.hpp"
#include "applying.hpp"
#include "image/folder_cache.hpp"
#include "mesh_fixture.hpp"
#include "sconectl/action/apply_mesh.hpp"
#include "sconectl/action/cas_attest.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/session/write.hpp"
#include "support/fake_api_server.hpp"
#include "support/fake_system.hpp"
#include "support/loopback_http.hpp"
#include "support/matchers.hpp"

namespace sconectl::action {
namespace {

using diag::ErrorKind;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* record_path = "target/session_files/rollout.json";
constexpr const char* kube_config =
    "contexts: [{name: c, context: {cluster: c, user: u, namespace: shop}}]\n"
    "clusters: [{name: c, cluster: {server: 'https://api:6443'}}]\n"
    "users: [{name: u, user: {token: t}}]\ncurrent-context: c\n";

const std::string rollout_image_id(64, 'a');

std::string measurement(char c) {
  return "mrenclave " + std::string(64, c);
}

class RolloutTest : public testing::Test {
 protected:
  RolloutTest() {
    image::FolderCache cache(machine.files, "/home/user/.cache/sconectl/images");
    cache.keep(rollout_image_id,
               {{"charts/web/Chart.yaml", "name: web\n"},
                {"charts/web/values.yaml.template", "image: {{image_name}}\n"},
                {"policy/env.yaml", ""},
                {"policy/secrets.yaml", ""},
                {"policy/binaries.yaml", "binaries: [/usr/bin/web]\n"},
                {"policy/template-policy.yaml",
                 "name: {{session}}\nversion: \"0.3.10\"\nservices:\n- name: web\n"
                 "  command: web\n  attestation: [{mrenclave: [\"{{MEASURED}}\"]}]\n"
                 "security: {attestation: {tolerate: [debug-mode]}}\n"
                 "secrets: [{name: s, kind: ascii, size: 9}]\n"}});
    machine.processes.always({"podman", "image", "inspect"},
                             {0, 0, "sha256:" + rollout_image_id + "\n", ""});
  }

  /// A mesh with one service of a measurement, all digits of which are `c`.
  [[nodiscard]] std::string mesh(char c, const std::string& cas_more = "",
                                 const std::string& image = "r/web:1") const {
    return "apiVersion: scone/5.8\nkind: mesh\ncas:\n- name: cas\n  cas_url: cas\n  cas_key: " +
           service.key_hash() + cas_more +
           "\npolicy:\n  namespace: demo\nenv:\n- service: global\n  env:\n"
           "  - {name: MEASURED, value: \"" +
           std::string(64, c) + "\"}\nservices:\n- {name: web, image: '" + image + "'}\n";
  }
  AppliedMesh apply(const std::string& text, const std::string& version, bool dry_run = false) {
    MeshOptions of_mesh;
    of_mesh.engine = "podman";
    of_mesh.release_version = version;
    of_mesh.dry_run = dry_run;
    return apply_mesh(machine.system, document_of(machine, text, "mesh.yaml"), of_mesh);
  }
  RolloutStatus status() { return rollout_status(machine.system, options); }
  FinishedRollout finish() { return finish_rollout(machine.system, options); }

  void add_cluster() { machine.files.put("/home/user/.kube/config", kube_config); }
  void add_pod(const std::string& name, const std::string& image,
               const std::string& service_name = "web") {
    api.pods["shop/" + name] = {
        {"metadata",
         {{"labels",
           {{"app.kubernetes.io/name", service_name}, {"app.kubernetes.io/instance", "demo"}}}}},
        {"spec", {{"containers", {{{"image", image}}}}}},
        {"status", {{"phase", "Running"}}}};
  }

  /// The measurements that the CAS accepts of the service.
  std::vector<std::string> accepted() {
    std::vector<std::string> result;
    const RolloutStatus now = status();
    for (const VersionStatus& version : now.services.at(0).versions)
      result.insert(result.end(), version.accepted.begin(), version.accepted.end());
    const auto& others = now.services.at(0).of_no_version;
    result.insert(result.end(), others.begin(), others.end());
    return result;
  }
  cas::Client client() {
    cas::ConfigFile config{machine.files, "/home/user/.cas/config.json"};
    CasOptions of_cas;
    of_cas.address = "cas";
    return connect(machine.system, config, of_cas).client;
  }
  /// As another person does it, with the same rights.
  void change_session(const std::string& before, const std::string& after) {
    auto cas = client();
    const cas::SessionText active = cas.read_session("demo/web");
    session::Session changed = session::parse_stored("test", active.session);
    std::string text = session::text(changed);
    ASSERT_NE(text.find(before), std::string::npos) << text;
    text.replace(text.find(before), before.size(), after);
    changed = session::parse_text("test", text);
    changed.predecessor = active.hash;
    (void)cas.create_session(session::text(changed));
  }
  diag::Error error_of(const std::function<void()>& act) {
    try {
      act();
    } catch (const diag::Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return {ErrorKind::failed, ""};
  }
  [[nodiscard]] std::string file(const std::string& path) const {
    return machine.files.read(path, host::Files::no_limit);
  }

  std::unique_ptr<host::Files> disk = host::system_files();
  host::TemporaryDirectory directory{*disk, "rollout-test-"};
  test::FixedClock cas_clock;
  casd::Service service{{.data = directory.path() / "data"}, cas_clock};
  test::LoopbackHttp http{service};
  test::FakeApiServer api{http};
  test::FakeSystem machine{api};
  RolloutOptions options;
};

// ---------------------------------------------------------------- from one version to the next

TEST_F(RolloutTest, goes_from_one_version_to_both_to_the_next) {
  EXPECT_THAT(apply(mesh('1'), "1").versions, ElementsAre("1"));
  EXPECT_THAT(accepted(), ElementsAre(measurement('1')));
  EXPECT_FALSE(status().running());
  EXPECT_THAT(apply(mesh('2'), "2").versions, ElementsAre("1", "2"));
  EXPECT_THAT(accepted(), ElementsAre(measurement('1'), measurement('2')));
  const RolloutStatus both = status();
  EXPECT_TRUE(both.running());
  EXPECT_FALSE(both.differs());
  EXPECT_THAT(both.services.at(0).versions.at(0).accepted, ElementsAre(measurement('1')));
  EXPECT_THAT(both.services.at(0).versions.at(1).accepted, ElementsAre(measurement('2')));
  const FinishedRollout finished = finish();
  EXPECT_EQ(finished.version, "2");
  EXPECT_THAT(finished.removed, ElementsAre("1"));
  EXPECT_THAT(accepted(), ElementsAre(measurement('2')));
  EXPECT_FALSE(status().running());
  EXPECT_THAT(file("target/session_files/demo-web.yaml"),
              test::HasButNot(std::string(64, '2'), "1111"));
}

TEST_F(RolloutTest, the_chart_says_the_version_and_pods_follow_the_sessions_alone) {
  (void)apply(mesh('1'), "1");
  EXPECT_THAT(file("target/helm/Chart.yaml"), HasSubstr("appVersion: \"1\""));
  EXPECT_THAT(file("target/helm/charts/web/Chart.yaml"), HasSubstr("appVersion: \"1\""));
  (void)apply(mesh('2'), "2");
  EXPECT_THAT(file("target/helm/charts/web/Chart.yaml"), HasSubstr("appVersion: \"2\""));
  const std::string values = file("target/helm/charts/web/values.yaml");
  (void)finish();
  EXPECT_EQ(file("target/helm/charts/web/values.yaml"), values);
}

TEST_F(RolloutTest, without_a_version_nothing_is_recorded_and_the_chart_is_as_before) {
  EXPECT_THAT(apply(mesh('1'), "").versions, IsEmpty());
  EXPECT_FALSE(machine.files.exists(record_path));
  EXPECT_THAT(file("target/helm/Chart.yaml"), HasSubstr("appVersion: \"0.1.0\""));
  EXPECT_EQ(error_of([&] { (void)status(); }).kind(), ErrorKind::unavailable);
  EXPECT_EQ(error_of([&] { (void)finish(); }).kind(), ErrorKind::unavailable);
  options.target = "elsewhere";
  EXPECT_EQ(error_of([&] { (void)finish(); }).kind(), ErrorKind::unavailable);
  EXPECT_FALSE(machine.files.exists("elsewhere"));
}

TEST_F(RolloutTest, an_apply_without_a_version_goes_on_with_the_current_one) {
  (void)apply(mesh('1'), "1");
  (void)apply(mesh('2'), "2");
  EXPECT_THAT(apply(mesh('3'), "").versions, ElementsAre("1", "2"));
  EXPECT_THAT(accepted(), ElementsAre(measurement('1'), measurement('3')));
}

TEST_F(RolloutTest, two_updates_without_an_end_accept_all_three) {
  (void)apply(mesh('1'), "1");
  (void)apply(mesh('2'), "2");
  (void)apply(mesh('3'), "3");
  EXPECT_THAT(accepted(), ElementsAre(measurement('1'), measurement('2'), measurement('3')));
  EXPECT_THAT(finish().removed, ElementsAre("1", "2"));
  EXPECT_THAT(accepted(), ElementsAre(measurement('3')));
}

TEST_F(RolloutTest, the_way_back_keeps_both_until_it_is_finished) {
  (void)apply(mesh('1'), "1");
  (void)apply(mesh('2'), "2");
  EXPECT_THAT(apply(mesh('1'), "1").versions, ElementsAre("2", "1"));
  EXPECT_THAT(accepted(), ElementsAre(measurement('2'), measurement('1')));
  (void)finish();
  EXPECT_THAT(accepted(), ElementsAre(measurement('1')));
}

TEST_F(RolloutTest, finishing_twice_sends_nothing_the_second_time) {
  (void)apply(mesh('1'), "1");
  (void)apply(mesh('2'), "2");
  (void)finish();
  const host::Tree before = machine.files.all();
  http.requests.clear();
  const FinishedRollout again = finish();
  EXPECT_EQ(again.version, "2");
  EXPECT_THAT(again.removed, IsEmpty());
  EXPECT_THAT(http.requests, IsEmpty());
  for (const auto& [path, one] : machine.files.all())
    EXPECT_EQ(one.bytes, before.at(path).bytes) << path;
}

TEST_F(RolloutTest, two_runs_with_the_same_input_give_the_same_bytes) {
  (void)apply(mesh('1'), "1");
  (void)apply(mesh('2'), "2");
  const host::Tree before = machine.files.all();
  const AppliedMesh again = apply(mesh('2'), "2");
  for (const AppliedSession& session : again.sessions) EXPECT_EQ(session.result, "unchanged");
  for (const auto& [path, one] : machine.files.all())
    EXPECT_EQ(one.bytes, before.at(path).bytes) << path;
}

// ---------------------------------------------------------------- what was there before

TEST_F(RolloutTest, the_first_version_with_a_name_accepts_what_the_cas_had) {
  (void)apply(mesh('1'), "");
  machine.files.remove_tree("target");  // as run.sh of the tutorial does
  EXPECT_THAT(apply(mesh('2'), "2").versions, ElementsAre("", "2"));
  EXPECT_THAT(accepted(), ElementsAre(measurement('1'), measurement('2')));
  EXPECT_THAT(finish().removed, ElementsAre(""));
  EXPECT_THAT(accepted(), ElementsAre(measurement('2')));
}

TEST_F(RolloutTest, naming_the_version_that_runs_begins_no_rollout) {
  (void)apply(mesh('1'), "");
  EXPECT_THAT(apply(mesh('1'), "1").versions, ElementsAre("1"));
}

TEST_F(RolloutTest, a_record_of_another_namespace_is_not_taken_for_this_one) {
  (void)apply(mesh('1'), "1");
  std::string other = mesh('2');
  other.replace(other.find("namespace: demo"), 15, "namespace: two");
  EXPECT_THAT(apply(other, "2").versions, ElementsAre("2"));
  EXPECT_EQ(status().name_space, "two");
}

// ---------------------------------------------------------------- somebody else

TEST_F(RolloutTest, a_session_that_somebody_changed_is_not_overwritten) {
  (void)apply(mesh('1'), "1");
  change_session(std::string(64, '1'), std::string(64, '7'));
  EXPECT_TRUE(status().differs());
  EXPECT_THAT(status().changed, ElementsAre("demo/web"));
  EXPECT_THAT(status().services.at(0).of_no_version, ElementsAre(measurement('7')));
  EXPECT_THAT(status().services.at(0).versions.at(0).not_accepted, ElementsAre(measurement('1')));
  const diag::Error error = error_of([&] { (void)apply(mesh('2'), "2"); });
  EXPECT_EQ(error.kind(), ErrorKind::conflict);
  EXPECT_THAT(error.text(), AllOf(HasSubstr("nothing was sent"), HasSubstr(record_path)));
  EXPECT_THAT(error.causes(), ElementsAre("session 'demo/web'"));
  EXPECT_THAT(accepted(), ElementsAre(measurement('7')));
  // What the text says helps: what the CAS has is the version before.
  machine.files.remove_tree(record_path);
  (void)apply(mesh('2'), "2");
  EXPECT_THAT(accepted(), ElementsAre(measurement('7'), measurement('2')));
}

TEST_F(RolloutTest, a_change_during_the_rollout_stops_its_end) {
  (void)apply(mesh('1'), "1");
  (void)apply(mesh('2'), "2");
  change_session(std::string(64, '1'), std::string(64, '7'));
  EXPECT_EQ(error_of([&] { (void)finish(); }).kind(), ErrorKind::conflict);
  EXPECT_TRUE(status().running());
  EXPECT_THAT(accepted(), ElementsAre(measurement('2'), measurement('7')));
  options.force = true;  // is about pods
  EXPECT_EQ(error_of([&] { (void)finish(); }).kind(), ErrorKind::conflict);
}

TEST_F(RolloutTest, an_interrupted_run_is_taken_up_again) {
  (void)apply(mesh('1'), "1");
  // Everything was sent, and the program ended before it had noted that.
  const std::string before = file(record_path);
  (void)apply(mesh('2'), "2");
  RolloutRecord record = parse_rollout_record(file(record_path));
  record.complete = false;
  record.uploaded = parse_rollout_record(before).uploaded;
  machine.files.put(record_path, text_of(record), 0600);
  const diag::Error error = error_of([&] { (void)finish(); });
  EXPECT_EQ(error.kind(), ErrorKind::failed);
  EXPECT_THAT(error.text(), HasSubstr("apply it again"));
  (void)apply(mesh('2'), "2");
  EXPECT_THAT(finish().removed, ElementsAre("1"));
  EXPECT_THAT(accepted(), ElementsAre(measurement('2')));
}

TEST_F(RolloutTest, a_cas_that_breaks_off_leaves_a_record_of_what_has_arrived) {
  (void)apply(mesh('1'), "1");
  (void)apply(mesh('2'), "2");
  int posts = 0;
  api.before_others = [&](const std::string& method, const std::string&) {
    if (method == "POST" && ++posts == 1) throw diag::Error(ErrorKind::failed, "broken");
  };
  (void)error_of([&] { (void)finish(); });
  EXPECT_TRUE(status().running());
  EXPECT_THAT(accepted(), ElementsAre(measurement('1'), measurement('2')));
  EXPECT_THAT(finish().removed, ElementsAre("1"));
  EXPECT_THAT(accepted(), ElementsAre(measurement('2')));
}

TEST_F(RolloutTest, a_damaged_record_is_refused_without_showing_it) {
  (void)apply(mesh('1'), "1");
  std::string newer = file(record_path);
  newer.replace(newer.find("\"format\": 1"), 11, "\"format\": 2");
  for (const std::string& text : {std::string("{\"cas\": \"hunter2\""), std::string("[]"),
                                  std::string(), newer, std::string("{\"versions\": []}")}) {
    machine.files.put(record_path, text, 0600);
    const diag::Error error = error_of([&] { (void)apply(mesh('2'), "2"); });
    EXPECT_EQ(error.kind(), ErrorKind::invalid) << text;
    EXPECT_THAT(error.text(), AllOf(HasSubstr("rollout.json"), Not(HasSubstr("hunter2"))));
    EXPECT_EQ(error_of([&] { (void)finish(); }).kind(), ErrorKind::invalid);
  }
}

// ---------------------------------------------------------------- pods

TEST_F(RolloutTest, pods_of_an_older_version_hold_the_end_up) {
  add_cluster();
  (void)apply(mesh('1', "", "r/web:1"), "1");
  (void)apply(mesh('2', "", "r/web:2"), "2");
  add_pod("web-old", "r/web:1");
  add_pod("web-new", "r/web:2");
  add_pod("other", "x", "monitor");  // of the release, and not of the mesh
  const RolloutStatus now = status();
  EXPECT_EQ(now.pods_in, "shop");
  EXPECT_EQ(now.services.at(0).versions.at(0).pods, 1U);
  EXPECT_EQ(now.services.at(0).versions.at(1).pods, 1U);
  const diag::Error error = error_of([&] { (void)finish(); });
  EXPECT_EQ(error.kind(), ErrorKind::failed);
  EXPECT_THAT(error.text(), AllOf(HasSubstr("1 of 2 pods"), HasSubstr("web-old"),
                                  Not(HasSubstr("web-new")), HasSubstr("--force")));
  EXPECT_THAT(accepted(), ElementsAre(measurement('1'), measurement('2')));
  api.pods.erase("shop/web-old");
  EXPECT_THAT(finish().removed, ElementsAre("1"));
}

TEST_F(RolloutTest, pods_of_no_known_version_hold_it_up_too_and_force_does_not_look) {
  add_cluster();
  (void)apply(mesh('1', "", "r/web:1"), "1");
  (void)apply(mesh('2', "", "r/web:2"), "2");
  add_pod("web-new", "r/web:2");
  add_pod("web-odd", "r/web:9");
  EXPECT_EQ(status().services.at(0).pods_of_no_version, 1U);
  EXPECT_THAT(error_of([&] { (void)finish(); }).text(), HasSubstr("web-odd"));
  options.force = true;
  const auto asked = api.requests.size();
  (void)finish();
  EXPECT_EQ(api.requests.size(), asked);
  EXPECT_THAT(accepted(), ElementsAre(measurement('2')));
}

TEST_F(RolloutTest, pods_may_be_of_another_release_and_namespace_than_apply_was_told) {
  add_cluster();
  (void)apply(mesh('1', "", "r/web:1"), "1");
  (void)apply(mesh('2', "", "r/web:2"), "2");
  add_pod("web-1", "r/web:2");
  api.pods["other/web-1"] = api.pods["shop/web-1"];
  api.pods.erase("shop/web-1");
  api.pods.at("other/web-1")["metadata"]["labels"]["app.kubernetes.io/instance"] = "mine";
  options.name_space = "other";
  EXPECT_THAT(error_of([&] { (void)finish(); }).text(), HasSubstr("no pod of release 'demo'"));
  options.release = "mine";
  EXPECT_EQ(status().release, "mine");
  EXPECT_THAT(finish().removed, ElementsAre("1"));
  EXPECT_EQ(parse_rollout_record(file(record_path)).release, "demo");
}

TEST_F(RolloutTest, a_release_without_pods_is_looked_for_elsewhere_first) {
  add_cluster();
  (void)apply(mesh('1'), "1");
  (void)apply(mesh('2'), "2");
  EXPECT_THAT(error_of([&] { (void)finish(); }).text(),
              AllOf(HasSubstr("no pod of release 'demo'"), HasSubstr("namespace 'shop'")));
  api.failures.push_back({.status = 403, .headers = {}, .body = "{}", .peer_chain = {}});
  EXPECT_THAT(error_of([&] { (void)finish(); }).text(), HasSubstr("can not be seen"));
  api.failures.push_back({.status = 403, .headers = {}, .body = "{}", .peer_chain = {}});
  EXPECT_THAT(status().pods_unknown_because, HasSubstr("403"));
}

TEST_F(RolloutTest, without_a_cluster_it_is_said_that_nobody_looked) {
  (void)apply(mesh('1'), "1");
  (void)apply(mesh('2'), "2");
  EXPECT_THAT(status().pods_unknown_because, HasSubstr("no cluster is known"));
  (void)finish();
  EXPECT_THAT(machine.warnings, HasSubstr("was not looked at: no cluster is known"));
  options.kube_config = "/nowhere";
  EXPECT_EQ(error_of([&] { (void)status(); }).kind(), ErrorKind::unavailable);
}

// ---------------------------------------------------------------- dry runs, native services, forms

TEST_F(RolloutTest, dry_runs_change_neither_record_nor_cas) {
  (void)apply(mesh('1'), "1");
  const std::string record = file(record_path);
  EXPECT_THAT(apply(mesh('2'), "2", true).versions, ElementsAre("1", "2"));
  EXPECT_THAT(file("target/session_files/demo-web.yaml"), HasSubstr(std::string(64, '1')));
  EXPECT_EQ(file(record_path), record);
  EXPECT_THAT(accepted(), ElementsAre(measurement('1')));
  (void)apply(mesh('2'), "2");
  options.dry_run = true;
  const host::Tree before = machine.files.all();
  const FinishedRollout planned = finish();
  EXPECT_THAT(planned.removed, ElementsAre("1"));
  ASSERT_FALSE(planned.sessions.empty());
  for (const auto& [path, one] : machine.files.all())
    EXPECT_EQ(one.bytes, before.at(path).bytes) << path;
  EXPECT_THAT(accepted(), ElementsAre(measurement('1'), measurement('2')));
}

TEST_F(RolloutTest, a_first_dry_run_says_that_it_does_not_ask) {
  (void)apply(mesh('1'), "1", true);
  EXPECT_THAT(machine.warnings, HasSubstr("a dry run does not ask the CAS"));
  EXPECT_FALSE(machine.files.exists(record_path));
}

TEST_F(RolloutTest, native_services_prove_themselves_with_their_token_in_every_version) {
  image::FolderCache cache(machine.files, "/home/user/.cache/sconectl/images");
  cache.keep(rollout_image_id, image::scone_folder(image_of_ours()));
  const std::string text = mesh_manifest("cas_url: cas\n  cas_key: " + service.key_hash());
  std::string changed = text;
  changed.replace(changed.find("myself"), 6, "another");
  (void)apply(text, "1");
  const std::string tokens = file("target/session_files/demo-web.env");
  (void)apply(changed, "2");
  EXPECT_EQ(file("target/session_files/demo-web.env"), tokens);
  const RolloutRecord record = parse_rollout_record(file(record_path));
  ASSERT_EQ(record.versions.size(), 2U);
  EXPECT_NE(record.versions[0].services.at(0).revision, record.versions[1].services.at(0).revision);
  EXPECT_THAT(file("target/helm/charts/web/values.yaml"),
              HasSubstr(record.versions[1].services.at(0).revision));
  EXPECT_TRUE(status().services.at(0).native);
  EXPECT_THAT(accepted(), IsEmpty());
  // Pods of both have the same image, and are told apart by the revision.
  add_cluster();
  add_pod("web-old", "r/web:1");
  api.pods.at("shop/web-old")["metadata"]["annotations"]["sconectl/revision"] =
      record.versions[0].services[0].revision;
  EXPECT_EQ(status().services.at(0).versions.at(0).pods, 1U);
  EXPECT_THAT(error_of([&] { (void)finish(); }).text(), HasSubstr("web-old"));
  api.pods.at("shop/web-old")["metadata"]["annotations"]["sconectl/revision"] =
      record.versions[1].services[0].revision;
  EXPECT_THAT(finish().removed, ElementsAre("1"));
}

TEST_F(RolloutTest, signed_sessions_name_their_predecessor_and_a_chart_is_brought_by_helm) {
  const std::string mode =
      "\n  mode: EncryptedManifest\n  cas_encryption_key: " + std::string(64, '8');
  (void)apply(mesh('1', mode), "1");
  const std::string chart = "target/helm/templates/encrypted_manifest_demo-web.yaml";
  (void)apply(mesh('2', mode), "2");
  const std::string both = file(chart);
  const std::string predecessor = file("target/session_files/signed_demo-web.predecessor");
  const FinishedRollout finished = finish();
  EXPECT_TRUE(finished.needs_upgrade);
  EXPECT_NE(file(chart), both);
  const std::string last = file("target/session_files/signed_demo-web.json");
  EXPECT_THAT(last, test::HasButNot(predecessor.substr(0, 64), "1111"));
  EXPECT_EQ(std::count_if(http.requests.begin(), http.requests.end(),
                          [](const std::string& request) { return request.starts_with("POST"); }),
            0);
  EXPECT_FALSE(http.requests.empty());
}

TEST_F(RolloutTest, a_first_version_after_signed_ones_accepts_what_was_signed_last) {
  const std::string mode = "\n  mode: NoUpload";
  (void)apply(mesh('1', mode), "");
  EXPECT_THAT(apply(mesh('2', mode), "2").versions, ElementsAre("", "2"));
  EXPECT_THAT(file("target/session_files/demo-web.yaml"),
              AllOf(HasSubstr(std::string(64, '1')), HasSubstr(std::string(64, '2'))));
}

TEST_F(RolloutTest, names_that_can_be_no_label_are_wrong_usage) {
  for (const char* bad : {"a b", "-1", "x/y"}) {
    const diag::Error error = error_of([&] { (void)apply(mesh('1'), bad); });
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_THAT(error.text(), HasSubstr(bad));
  }
  EXPECT_FALSE(machine.files.exists("target"));
}

TEST_F(RolloutTest, a_service_that_is_gone_leaves_its_session) {
  std::string two = mesh('1');
  two += "- {name: old, image: 'r/web:1'}\n";
  (void)apply(two, "1");
  (void)apply(mesh('2'), "2");
  EXPECT_EQ(status().services.at(1).session, "demo/old");
  EXPECT_THAT(finish().left, ElementsAre("demo/old"));
  EXPECT_FALSE(client().read_session("demo/old").hash.empty());
}

}  // namespace
}  // namespace sconectl::action
