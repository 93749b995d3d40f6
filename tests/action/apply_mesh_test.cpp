// A mesh from its manifest to files and a CAS, on a machine of fakes.
#include "sconectl/action/apply_mesh.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "applying.hpp"
#include "image/folder_cache.hpp"
#include "mesh_fixture.hpp"
#include "sconectl/action/embedded_cas.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/mesh/compose.hpp"
#include "support/fake_system.hpp"
#include "support/loopback_http.hpp"

namespace sconectl::action {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string image_id(64, 'a');

/// The machine with the image r/web:1 as podman has it: what is in it stands in the cache.
void add_image(test::FakeSystem& machine, const image::Facts& facts = image_of_ours()) {
  image::FolderCache cache(machine.files, "/home/user/.cache/sconectl/images");
  cache.keep(image_id, image::scone_folder(facts));
  machine.processes.always({"podman", "image", "inspect"}, {0, 0, "sha256:" + image_id + "\n", ""});
}

/// The same as a plan of an earlier dry run.
void add_plan(test::FakeSystem& machine, const image::Facts& facts = image_of_ours()) {
  for (const auto& [path, text] : image::scone_folder(facts))
    machine.files.put("target/images/" + facts.name + "/context/scone/" + path, text);
}

MeshOptions with_podman() {
  MeshOptions options;
  options.engine = "podman";
  return options;
}

Document mesh_document(test::FakeSystem& machine, const std::string& text) {
  return document_of(machine, text, "mesh.yaml");
}

diag::Error error_of(test::FakeSystem& machine, const std::string& text,
                     const MeshOptions& options) {
  try {
    (void)apply_mesh(machine.system, mesh_document(machine, text), options);
  } catch (const diag::Error& error) {
    return error;
  }
  ADD_FAILURE() << "the mesh was applied";
  return {diag::ErrorKind::failed, ""};
}

// ---------------------------------------------------------------- with a CAS

class MeshOnCas : public testing::Test {
 protected:
  MeshOnCas() { add_image(machine); }

  [[nodiscard]] std::string pinned() const {
    return mesh_manifest("cas_url: cas\n  cas_key: " + service.key_hash());
  }
  AppliedMesh apply(const std::string& text, const MeshOptions& options = with_podman()) {
    return apply_mesh(machine.system, mesh_document(machine, text), options);
  }
  [[nodiscard]] std::string file(const std::string& path) const {
    return machine.files.read(path, host::Files::no_limit);
  }

  std::unique_ptr<host::Files> disk = host::system_files();
  host::TemporaryDirectory directory{*disk, "action-test-"};
  test::FixedClock cas_clock;
  casd::Service service{{.data = directory.path() / "data"}, cas_clock};
  test::LoopbackHttp http{service};
  test::FakeSystem machine{http};
};

std::vector<std::string> results(const AppliedMesh& mesh) {
  std::vector<std::string> result;
  for (const AppliedSession& session : mesh.sessions)
    result.push_back(session.name + " " + session.result);
  return result;
}

TEST_F(MeshOnCas, creates_its_sessions_and_says_unchanged_the_second_time) {
  const AppliedMesh first = apply(pinned());
  EXPECT_THAT(results(first),
              ElementsAre("demo created", "demo/secrets created", "demo/web created"));
  EXPECT_EQ(first.release, "demo");
  EXPECT_THAT(first.left_out, IsEmpty());
  const host::Tree before = machine.files.all();
  const AppliedMesh second = apply(pinned());
  EXPECT_THAT(results(second),
              ElementsAre("demo unchanged", "demo/secrets unchanged", "demo/web unchanged"));
  for (const auto& [path, file] : machine.files.all())
    EXPECT_EQ(file.bytes, before.at(path).bytes) << path;
}

TEST_F(MeshOnCas, the_second_run_learns_nothing_new_and_is_planned_once) {
  const MeshOptions options = with_podman();
  const auto mesh = [&] { return std::get<manifest::Mesh>(manifest_of("mesh.yaml", pinned())); };
  cas::ConfigFile config = config_file(machine.system, options);
  const MeshFacts facts{{image_of_ours()}, ""};
  MeshInputs first = mesh_inputs(machine.system, config, mesh(), facts, options);
  EXPECT_TRUE(complete(machine.system, config, first));
  MeshInputs second = mesh_inputs(machine.system, config, mesh(), facts, options);
  EXPECT_EQ(second.cas, first.cas);
  EXPECT_EQ(second.tokens, first.tokens);
  EXPECT_FALSE(complete(machine.system, config, second));
}

TEST_F(MeshOnCas, updates_only_what_changed) {
  (void)apply(pinned());
  std::string text = pinned();
  text.replace(text.find("myself"), 6, "another");
  EXPECT_THAT(results(apply(text)),
              ElementsAre("demo unchanged", "demo/secrets unchanged", "demo/web updated"));
}

TEST_F(MeshOnCas, writes_sessions_and_tokens_private_and_the_chart) {
  (void)apply(pinned());
  for (const auto& [path, file] : machine.files.all()) {
    const bool is_private = path.starts_with("/cwd/target/session_files/") ||
                            path == "/cwd/target/helm/values.yaml" ||
                            path.starts_with("/home/user/.cas/");
    const bool has_token = file.bytes.find("SERVICE_ACCESS_TOKEN=") != std::string::npos;
    EXPECT_TRUE(is_private ? file.mode == 0600U : !has_token) << path;
  }
  EXPECT_THAT(file("target/helm/Chart.yaml"), HasSubstr("name: demo"));
  EXPECT_THAT(file("target/session_files/demo-web.env"),
              AllOf(HasSubstr("SCONE_CAS_KEY=" + service.key_hash()),
                    HasSubstr("SCONE_SERVICE_ACCESS_TOKEN=")));
}

TEST_F(MeshOnCas, a_token_that_the_user_replaced_stays) {
  (void)apply(pinned());
  const std::string path = "target/session_files/demo-web.env";
  std::string text = file(path);
  text.erase(text.find("SCONE_SERVICE_ACCESS_TOKEN="));
  machine.files.put(path, text + "SCONE_SERVICE_ACCESS_TOKEN=a-token-of-my-own\n", 0600);
  (void)apply(pinned());
  EXPECT_THAT(file(path), HasSubstr("SCONE_SERVICE_ACCESS_TOKEN=a-token-of-my-own\n"));
  EXPECT_THAT(file("target/session_files/demo-web.yaml"), HasSubstr("a-token-of-my-own"));
}

TEST_F(MeshOnCas, access_tokens_are_replaced_when_asked_and_never_come_back) {
  const auto token_in = [&](const std::string& target) {
    return mesh::access_token_in(file(target + "/session_files/demo-web.env"), service.key_hash());
  };
  (void)apply(pinned());
  const std::string first = token_in("target");
  const std::string path = "target/session_files/demo-web.env";
  const std::string before = file(path);
  EXPECT_EQ(first.size(), 64U);

  MeshOptions options = with_podman();
  options.new_access_tokens = true;
  EXPECT_THAT(results(apply(pinned(), options)),
              ElementsAre("demo unchanged", "demo/secrets unchanged", "demo/web updated"));
  const std::string second = token_in("target");
  EXPECT_NE(second, first);
  (void)apply(pinned());
  EXPECT_EQ(token_in("target"), second) << "the next run keeps it";

  // Another directory of the same user: empty, or with what was made there before.
  options.new_access_tokens = false;
  options.target = "elsewhere";
  EXPECT_THAT(results(apply(pinned(), options)), Each(HasSubstr("unchanged")));
  EXPECT_EQ(token_in("elsewhere"), second);
  machine.files.put("older/session_files/demo-web.env", before, 0600);
  options.target = "older";
  (void)apply(pinned(), options);
  EXPECT_EQ(token_in("older"), second);

  options.target = "target";
  options.new_access_tokens = true;
  options.dry_run = true;
  (void)apply(pinned(), options);
  EXPECT_NE(token_in("target"), second) << "what a run would write";
  options.dry_run = options.new_access_tokens = false;
  (void)apply(pinned(), options);
  EXPECT_EQ(token_in("target"), second) << "but nothing was replaced";
}

TEST_F(MeshOnCas, an_access_token_is_for_one_cas) {
  (void)apply(pinned());
  const std::string path = "target/session_files/demo-web.env";
  const std::string here = mesh::access_token_in(file(path), service.key_hash());
  // As if it had been made for another CAS: neither that token nor one like it is used here.
  std::string text = file(path);
  const std::string other = "46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt";
  text.replace(text.find(service.key_hash()), service.key_hash().size(), other);
  text.replace(text.find(here), here.size(), "the-token-at-the-other-cas");
  machine.files.put(path, text, 0600);
  (void)apply(pinned());
  EXPECT_EQ(mesh::access_token_in(file(path), service.key_hash()), here);

  const auto inputs_for = [&](const std::string& key) {
    cas::ConfigFile config = config_file(machine.system, with_podman());
    auto mesh = std::get<manifest::Mesh>(
        manifest_of("mesh.yaml", mesh_manifest("cas_url: far\n  cas_key: " + key)));
    MeshOptions options = with_podman();
    options.target = "fresh";
    return mesh_inputs(machine.system, config, std::move(mesh), {{image_of_ours()}, ""}, options)
        .tokens.at("demo/web");
  };
  EXPECT_EQ(inputs_for(service.key_hash()), here);
  EXPECT_NE(inputs_for(other), here);
}

TEST_F(MeshOnCas, another_key_than_the_pinned_one_is_refused_and_nothing_is_written) {
  const auto error = error_of(machine,
                              mesh_manifest("cas_url: cas\n  cas_key: "
                                            "46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt"),
                              with_podman());
  EXPECT_EQ(error.kind(), diag::ErrorKind::refused);
  EXPECT_FALSE(machine.files.exists("target/session_files"));
  EXPECT_FALSE(machine.files.exists("target/helm"));
}

TEST_F(MeshOnCas, a_wrong_mesh_is_refused_before_the_cas_is_asked_or_an_identity_is_made) {
  std::string text = pinned();
  text.replace(text.find("name: WHO"), 9, "name: WHA");
  EXPECT_EQ(error_of(machine, text, with_podman()).kind(), diag::ErrorKind::invalid);
  EXPECT_THAT(http.requests, IsEmpty());
  EXPECT_FALSE(machine.files.exists("/home/user/.cas"));
  EXPECT_FALSE(machine.files.exists("target/session_files"));
}

TEST_F(MeshOnCas, a_full_disk_keeps_sessions_and_chart_of_the_last_run_and_sends_nothing) {
  (void)apply(pinned());
  const host::Tree before = machine.files.all();
  const std::size_t asked = http.requests.size();
  std::string text = pinned();
  text.replace(text.find("myself"), 6, "another");
  const Document document = mesh_document(machine, text);
  machine.files.fill_disk();
  EXPECT_THROW((void)apply_mesh(machine.system, document, with_podman()), diag::Error);
  for (const auto& [path, file] : before) {
    const bool is_input = path == "/cwd/mesh.yaml";
    EXPECT_TRUE(is_input || machine.files.all().at(path).bytes == file.bytes) << path;
  }
  EXPECT_EQ(http.requests.size(), asked);
}

TEST_F(MeshOnCas, a_missing_helm_restores_the_sessions_of_the_last_run) {
  (void)apply(pinned());
  const std::string before = file("target/session_files/demo-web.yaml");
  machine.processes.remove_program("helm");
  std::string text = pinned();
  text.replace(text.find("myself"), 6, "another");
  MeshOptions options = with_podman();
  options.output = MeshOutput::yaml;
  const auto error = error_of(machine, text, options);
  EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable);
  EXPECT_THAT(error.text(), HasSubstr("helm"));
  EXPECT_EQ(file("target/session_files/demo-web.yaml"), before);
}

TEST_F(MeshOnCas, output_yaml_renders_with_the_release_and_keeps_the_result_private) {
  MeshOptions options = with_podman();
  options.output = MeshOutput::yaml;
  options.release = "python_app";
  machine.processes.expect({"helm", "template", "python-app", "target/helm"},
                           {0, 0, "kind: Deployment\n", ""});
  const AppliedMesh result = apply(pinned(), options);
  EXPECT_EQ(result.extra, "target/manifests");
  EXPECT_EQ(machine.files.status("target/manifests/application.yaml")->mode, 0600U);
  EXPECT_TRUE(machine.processes.finished());
}

TEST_F(MeshOnCas, signed_manifests_go_to_the_cluster_and_not_to_the_cas) {
  machine.processes.always({"kubectl", "apply", "-f"}, {0, 0, "", ""});
  const std::string text =
      mesh_manifest("cas_url: cas\n  mode: SignedManifest\n  cas_key: " + service.key_hash());
  EXPECT_THAT(results(apply(text)),
              ElementsAre("demo applied", "demo/secrets applied", "demo/web applied"));
  EXPECT_THAT(http.requests,
              AllOf(Contains(HasSubstr("/v1/attest")), Not(Contains(HasSubstr("POST /session")))));
  EXPECT_THAT(file("target/session_files/signed_manifest_demo-web.yaml"),
              HasSubstr("kind: SignedPolicy"));
  // What the cluster's operator would bring is what a CAS takes, and the user reads it.
  for (const char* name : {"demo", "demo-secrets", "demo-web"}) {
    const std::string body = file("target/session_files/signed_" + std::string(name) + ".json");
    const auto answer = service.handle({"POST", "/session", "", body, {}, casd::Port::api});
    EXPECT_EQ(answer.status, 201) << answer.body;
  }
  cas::ConfigFile config(machine.files, "/home/user/.cas/config.json");
  const auto answer = service.handle({"GET",
                                      "/session/demo%2Fweb",
                                      "",
                                      "",
                                      {config.identity().certificate.pem()},
                                      casd::Port::api});
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(results(apply(text)),
              ElementsAre("demo applied", "demo/secrets applied", "demo/web applied"));
}

TEST_F(MeshOnCas, encrypted_manifests_become_templates_of_the_chart) {
  const std::string text =
      mesh_manifest("cas_url: cas\n  mode: EncryptedManifest\n  cas_key: " + service.key_hash());
  EXPECT_THAT(results(apply(text)),
              ElementsAre("demo written", "demo/secrets written", "demo/web written"));
  EXPECT_THAT(file("target/helm/templates/encrypted_manifest_demo-web.yaml"),
              HasSubstr("kind: EncryptedPolicy"));
}

// ---------------------------------------------------------------- images

TEST(MeshImages, one_that_nobody_has_is_an_error_before_anything_is_made) {
  test::FakeSystem machine;
  machine.processes.always({"podman", "image", "inspect"}, {125, 0, "", "no such image"});
  machine.processes.always({"podman", "pull"}, {125, 0, "", "Error: connection refused"});
  machine.processes.always({"podman", "info"}, {0, 0, "", ""});
  const auto error = error_of(machine, mesh_manifest(), with_podman());
  EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable);
  EXPECT_THAT(error.text(), HasSubstr("image 'r/web:1' does not exist here"));
  EXPECT_FALSE(machine.files.exists("target/helm"));
  EXPECT_FALSE(machine.files.exists("/home/user/.cas"));
}

TEST(MeshFiles, that_are_missing_are_all_named_with_their_place_and_what_is_there) {
  test::FakeSystem machine;
  add_plan(machine);
  machine.files.put("secrets.yaml", "");
  machine.files.put("charts/web/values.yaml.template", "");
  MeshOptions options;
  options.dry_run = true;
  const auto error = error_of(machine,
                              mesh_manifest() +
                                  "  image_secrets: secretes.yaml\n  helm_chart: chart\n"
                                  "  env: nowhere.txt\n",
                              options);
  EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable);
  EXPECT_THAT(
      error.causes(),
      ElementsAre(
          "mesh.yaml:17:8: 'env' names 'nowhere.txt', which does not exist",
          "mesh.yaml:15:18: 'image_secrets' names 'secretes.yaml', which does not exist; did "
          "you mean 'secrets.yaml'?",
          "mesh.yaml:16:15: 'helm_chart' names 'chart', which does not exist; did you mean "
          "'charts'?"));
}

TEST(MeshImages, made_by_others_have_templates_that_name_the_user_on_a_new_machine_too) {
  test::FakeSystem machine;
  image::FolderCache cache(machine.files, "/home/user/.cache/sconectl/images");
  cache.keep(image_id,
             {{"charts/web/values.yaml.template", "image: {{image_name}}\n"},
              {"policy/binaries.yaml", "binaries: [/usr/bin/python3]\n"},
              {"policy/template-policy.yaml",
               "name: {{session}}\nversion: \"0.3.10\"\naccess_policy: {read: [\"{{CREATOR}}\"]}\n"
               "creator:\n  {{session_creator}}\nservices:\n- name: python3\n  command: python3\n"
               "  mrenclaves: [" +
                   std::string(64, '1') + "]\n"}});
  machine.processes.always({"podman", "image", "inspect"}, {0, 0, "sha256:" + image_id + "\n", ""});
  MeshOptions options = with_podman();
  options.dry_run = true;
  for (int turn = 0; turn < 2; ++turn) {
    const AppliedMesh result =
        apply_mesh(machine.system, mesh_document(machine, mesh_manifest()), options);
    EXPECT_THAT(results(result), ElementsAre("demo written", "demo/web written"));
  }
  cas::ConfigFile config(machine.files, "/home/user/.cas/config.json");
  EXPECT_THAT(machine.files.read("target/session_files/demo-web.yaml", 100'000),
              HasSubstr(config.identity().key_hash()));
}

// ---------------------------------------------------------------- dry runs

MeshOptions dry() {
  MeshOptions options = with_podman();
  options.dry_run = true;
  return options;
}

TEST(MeshDryRun, of_a_planned_image_asks_nobody_and_writes_the_result) {
  test::FakeSystem machine;  // without a network, and without a program that is expected
  add_plan(machine);
  const AppliedMesh result =
      apply_mesh(machine.system, mesh_document(machine, mesh_manifest()), dry());
  EXPECT_THAT(results(result),
              ElementsAre("demo written", "demo/secrets written", "demo/web written"));
  EXPECT_THAT(machine.processes.ran(), IsEmpty());
  EXPECT_THAT(machine.processes.spawned(), IsEmpty());
  EXPECT_TRUE(machine.files.exists("target/helm/Chart.yaml"));
}

TEST(MeshDryRun, of_the_embedded_cas_starts_none) {
  test::FakeSystem machine;
  add_plan(machine);
  const AppliedMesh result =
      apply_mesh(machine.system, mesh_document(machine, mesh_manifest("cas_url: embedded")), dry());
  EXPECT_EQ(result.cas, "127.0.0.1:8081");
  EXPECT_THAT(machine.processes.spawned(), IsEmpty());
}

TEST(MeshDryRun, takes_images_that_the_engine_has_and_pulls_none) {
  test::FakeSystem machine;
  add_image(machine);
  const AppliedMesh result =
      apply_mesh(machine.system, mesh_document(machine, mesh_manifest()), dry());
  EXPECT_THAT(result.left_out, IsEmpty());
  for (const host::Command& command : machine.processes.ran())
    EXPECT_EQ(command.argv[1], "image") << command.argv[1];
}

TEST(MeshDryRun, leaves_out_what_is_not_known_and_says_why) {
  test::FakeSystem offline;
  MeshOptions options = dry();
  options.offline = true;
  EXPECT_THAT(apply_mesh(offline.system, mesh_document(offline, mesh_manifest()), options).left_out,
              ElementsAre("web"));
  EXPECT_THAT(offline.warnings, HasSubstr("'--offline' asks no engine"));
  EXPECT_THAT(offline.processes.ran(), IsEmpty());

  test::FakeSystem no_engine;
  no_engine.processes.remove_program("podman");
  EXPECT_THAT(
      apply_mesh(no_engine.system, mesh_document(no_engine, mesh_manifest()), dry()).left_out,
      ElementsAre("web"));
  EXPECT_THAT(no_engine.warnings, HasSubstr("the container engine 'podman' is not installed"));
}

// ---------------------------------------------------------------- --print-defaults

TEST(MeshDefaults, writes_nothing_runs_nothing_and_starts_no_cas) {
  for (const char* cas : {"cas_url: cas.example", "cas_url: embedded"}) {
    test::FakeSystem machine;  // a request would be an exception, and so would be a program
    add_plan(machine);
    const Document document = mesh_document(machine, mesh_manifest(cas));
    const host::Tree before = machine.files.all();
    const int writes = machine.files.writes();
    const std::string text = mesh_defaults(machine.system, document, with_podman());
    EXPECT_THAT(text, AllOf(HasSubstr("name: WHO"), HasSubstr("value: myself")));
    EXPECT_EQ(machine.files.writes(), writes);
    ASSERT_EQ(machine.files.all().size(), before.size());
    EXPECT_FALSE(machine.files.exists("/home/user/.cas"));
    EXPECT_THAT(machine.processes.ran(), IsEmpty());
    EXPECT_THAT(machine.processes.spawned(), IsEmpty());
  }
}

TEST(MeshDefaults, on_an_empty_machine_makes_no_directory) {
  test::FakeSystem machine;
  const Document document = mesh_document(machine, mesh_manifest());
  const std::string text = mesh_defaults(machine.system, document, {});
  EXPECT_THAT(text, HasSubstr("env:\n"));
  EXPECT_THAT(machine.warnings, HasSubstr("image 'r/web:1' is not known"));
  EXPECT_FALSE(machine.files.exists("target"));
  EXPECT_FALSE(machine.files.exists("/home/user/.sconectl"));
}

TEST(MeshDefaults, shows_a_variable_without_a_value_instead_of_refusing_it) {
  test::FakeSystem machine;
  add_plan(machine);
  std::string manifest = mesh_manifest();
  manifest.erase(manifest.find("env:\n"), manifest.find("services:") - manifest.find("env:\n"));
  const std::string text = mesh_defaults(machine.system, mesh_document(machine, manifest), {});
  EXPECT_THAT(text, HasSubstr("WHO"));
}

TEST(ServiceDefaults, writes_nothing_and_runs_nothing) {
  test::FakeSystem machine;
  const Document document = document_of(
      machine, service_manifest() + "environment:\n  global:\n  - {name: A, value: b}\n");
  const int writes = machine.files.writes();
  EXPECT_EQ(service_defaults(machine.system, document, {}), "env:\n- name: A\n  value: b\n");
  EXPECT_EQ(machine.files.writes(), writes);
  EXPECT_THAT(machine.processes.ran(), IsEmpty());
  EXPECT_FALSE(machine.files.exists("target"));
}

}  // namespace
}  // namespace sconectl::action
