// A mesh and what was looked up for it, to a plan: nothing is touched.
#include "action/mesh_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "action/session_forms.hpp"
#include "mesh_fixture.hpp"
#include "sconectl/cas/seal.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/signed_session.hpp"
#include "support/memory_files.hpp"

namespace sconectl::action {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> names(const MeshPlan& plan) {
  std::vector<std::string> result;
  for (const PlannedSession& planned : plan.sessions) result.push_back(planned.session.name);
  return result;
}

std::string warnings(const MeshPlan& plan) {
  std::string result;
  for (const diag::Diagnostic& warning : plan.warnings) result += warning.line() + "\n";
  return result;
}

diag::Error error_of(const MeshInputs& inputs) {
  try {
    (void)plan_mesh(inputs);
  } catch (const diag::Error& error) {
    return error;
  }
  ADD_FAILURE() << "a plan was made";
  return {diag::ErrorKind::failed, ""};
}

TEST(MeshPlan, has_the_namespace_its_secrets_and_each_service_in_the_order_of_upload) {
  const MeshPlan plan =
      plan_mesh(inputs_of(mesh_manifest("cas_url: cas.example", "- name: api\n  image: r/api:1\n"),
                          {image_of_ours("web"), image_of_ours("api")}));
  EXPECT_THAT(names(plan), ElementsAre("demo", "demo/secrets", "demo/web", "demo/api"));
  EXPECT_EQ(plan.delivery, Delivery::cas);
  EXPECT_EQ(plan.cas.address, "cas.example");
  EXPECT_TRUE(plan.chart.contains("charts/web/values.yaml"));
  EXPECT_TRUE(plan.chart.contains("charts/api/values.yaml"));
  EXPECT_THAT(plan.sessions.at(2).yaml, HasSubstr("myself"));
}

TEST(MeshPlan, the_same_inputs_give_the_same_plan) {
  const MeshInputs inputs = inputs_of(mesh_manifest());
  const MeshPlan first = plan_mesh(inputs);
  const MeshPlan second = plan_mesh(inputs);
  ASSERT_EQ(first.sessions.size(), second.sessions.size());
  for (std::size_t i = 0; i < first.sessions.size(); ++i)
    EXPECT_EQ(first.sessions[i].yaml, second.sessions[i].yaml);
  ASSERT_EQ(first.chart.size(), second.chart.size());
  for (const auto& [path, file] : first.chart) EXPECT_EQ(file.text, second.chart.at(path).text);
  EXPECT_EQ(first.environment_files, second.environment_files);
  EXPECT_EQ(warnings(first), warnings(second));
}

TEST(MeshPlan, tokens_are_only_in_files_that_are_written_private) {
  const MeshPlan plan = plan_mesh(inputs_of(mesh_manifest()));
  EXPECT_EQ(plan.environment_files.at("demo-web.env"),
            "SCONE_CONFIG_ID=demo/web/python3\nSCONE_CAS_ADDR=cas.example\nSCONE_CAS_KEY=CASKEY\n"
            "SCONE_SERVICE_ACCESS_TOKEN=token-of-web\n");
  std::size_t found = 0;
  for (const auto& [path, file] : plan.chart) {
    if (file.text.find("token-of-web") == std::string::npos) continue;
    ++found;
    EXPECT_TRUE(file.secret) << path;
  }
  EXPECT_EQ(found, 1U);
  EXPECT_THAT(warnings(plan),
              AllOf(HasSubstr("service 'web' runs natively"), Not(HasSubstr("token-of-web"))));
}

TEST(MeshPlan, a_dry_run_and_modes_without_upload_deliver_nothing) {
  MeshInputs dry = inputs_of(mesh_manifest());
  dry.options.dry_run = true;
  EXPECT_EQ(plan_mesh(dry).delivery, Delivery::none);
  const auto delivery = [](const std::string& mode, bool dry_run) {
    MeshInputs inputs = inputs_of(mesh_manifest("cas_url: cas.example\n  mode: " + mode));
    inputs.creator_key_hash.clear();
    inputs.options.dry_run = dry_run;
    return plan_mesh(inputs).delivery;
  };
  EXPECT_EQ(delivery("Upload", false), Delivery::cas);
  EXPECT_EQ(delivery("SignedManifest", false), Delivery::cluster);
  EXPECT_EQ(delivery("EncryptedManifest", false), Delivery::none);
  EXPECT_EQ(delivery("NoUpload", false), Delivery::none);
  EXPECT_EQ(delivery("EncryptedOnly", false), Delivery::none);
  EXPECT_EQ(delivery("SignedManifest", true), Delivery::none);
}

TEST(MeshPlan, a_mode_that_needs_a_ceremony_server_is_refused_by_name) {
  const diag::Error error =
      error_of(inputs_of(mesh_manifest("cas_url: cas.example\n  mode: SignOnline")));
  EXPECT_EQ(error.kind(), diag::ErrorKind::unsupported);
  EXPECT_THAT(error.text(), HasSubstr("SignOnline"));
}

TEST(MeshPlan, all_mistakes_of_a_mesh_come_at_once_and_no_plan) {
  std::string text = mesh_manifest("cas_url: cas.example", "- name: api\n  image: r/api:1\n");
  text.replace(text.find("name: WHO"), 9, "name: WHA");
  const diag::Error error = error_of(inputs_of(text, {image_of_ours("web"), image_of_ours("api")}));
  EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
  std::string all;
  for (const diag::Diagnostic& diagnostic : error.diagnostics()) all += diagnostic.line() + "\n";
  EXPECT_THAT(all, AllOf(HasSubstr("service 'web' needs a value for its global variable 'WHO'"),
                         HasSubstr("service 'api' needs a value for its global variable 'WHO'")));
}

TEST(MeshPlan, a_service_whose_image_is_not_known_is_left_out_and_named) {
  const MeshPlan plan = plan_mesh(
      inputs_of(mesh_manifest("cas_url: cas.example", "- name: api\n  image: r/api:1\n")));
  EXPECT_THAT(plan.left_out, ElementsAre("api"));
  EXPECT_THAT(names(plan), ElementsAre("demo", "demo/secrets", "demo/web"));
  EXPECT_THAT(plan.chart,
              AllOf(testing::Contains(testing::Key("charts/web/values.yaml")),
                    testing::Not(testing::Contains(testing::Key("charts/api/values.yaml")))));
  EXPECT_THAT(warnings(plan), HasSubstr("image 'r/api:1' is not known: nobody has it; service "
                                        "'api' is left out"));
}

TEST(MeshPlan, a_demand_for_attestation_ends_it_at_the_native_service) {
  MeshInputs inputs = inputs_of(mesh_manifest());
  inputs.attestation_demands = {"SCONECTL_REQUIRE_ATTESTATION"};
  const diag::Error error = error_of(inputs);
  EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
  EXPECT_THAT(error.text(), HasSubstr("mesh.yaml:13:3: error: attestation is demanded by "
                                      "SCONECTL_REQUIRE_ATTESTATION, and service 'web' would have "
                                      "none: its image 'r/web:1' is native"));
  inputs = inputs_of(mesh_manifest(), {image_of_ours("web", image::Runtime::scone)});
  inputs.attestation_demands = {"SCONECTL_REQUIRE_ATTESTATION"};
  EXPECT_EQ(plan_mesh(inputs).sessions.size(), 3U);
}

TEST(MeshPlan, the_release_is_always_one_that_helm_takes) {
  MeshInputs inputs = inputs_of(mesh_manifest());
  EXPECT_EQ(plan_mesh(inputs).release, "demo");
  inputs.options.release = "python_app";
  EXPECT_EQ(plan_mesh(inputs).release, "python-app");
  EXPECT_THAT(warnings(plan_mesh(inputs)), HasSubstr("release 'python_app'"));
  inputs.options.release = "";
  inputs.options.policy_namespace = "My_Name/Space";
  inputs.tokens["My_Name/Space/web"] = "token";
  EXPECT_EQ(plan_mesh(inputs).release, "my-name-space");
  inputs.options.policy_namespace = "42";
  inputs.tokens["42/web"] = "token";
  EXPECT_EQ(plan_mesh(inputs).release, "application");
}

TEST(MeshPlan, compose_is_made_only_when_it_is_asked_for) {
  MeshInputs inputs = inputs_of(mesh_manifest());
  EXPECT_EQ(plan_mesh(inputs).compose, "");
  inputs.options.output = MeshOutput::compose;
  EXPECT_THAT(plan_mesh(inputs).compose, HasSubstr("session_files/demo-web.env"));
}

// What an earlier run signed and encrypted.

class KeptForms : public testing::Test {
 protected:
  const std::string signed_mesh = mesh_manifest("cas_url: cas.example\n  mode: EncryptedManifest");

  /// The files that a run of `inputs` leaves.
  host::Tree run(const MeshInputs& inputs) {
    host::Tree result = inputs.kept;
    for (const SessionForms& forms : make_forms(plan_mesh(inputs), config)) {
      const cas::FileNames file = cas::file_names(forms.session_name);
      result[file.signed_json].bytes = forms.signed_json;
      result[file.predecessor].bytes = forms.predecessor;
      result[file.encrypted_json].bytes = forms.encrypted_json;
    }
    return result;
  }

  MeshInputs inputs() {
    MeshInputs result = inputs_of(signed_mesh);
    result.cas.encryption_key = crypto::hex(crypto::generate_x25519().public_key);
    result.creator_key_hash = config.identity().key_hash();
    return result;
  }

  test::MemoryFiles files;
  cas::ConfigFile config{files, "/home/user/.cas/config.json"};
};

TEST_F(KeptForms, a_session_that_says_the_same_keeps_signature_and_encryption) {
  MeshInputs again = inputs();
  again.kept = run(again);
  const MeshPlan plan = plan_mesh(again);
  for (const PlannedSession& planned : plan.sessions) {
    EXPECT_NE(planned.kept_signed, "") << planned.session.name;
    EXPECT_NE(planned.kept_predecessor, "");
    EXPECT_NE(planned.kept_encrypted, "");
  }
  for (const auto& [name, file] : run(again)) EXPECT_EQ(file.bytes, again.kept.at(name).bytes);
}

TEST_F(KeptForms, a_changed_session_is_signed_again_and_names_its_predecessor) {
  MeshInputs again = inputs();
  again.kept = run(again);
  std::string text = signed_mesh;
  text.replace(text.find("myself"), 6, "another");
  MeshInputs changed = inputs_of(text);
  changed.creator_key_hash = again.creator_key_hash;
  changed.kept = again.kept;
  changed.cas = again.cas;
  const MeshPlan plan = plan_mesh(changed);
  const PlannedSession& web = plan.sessions.at(2);
  EXPECT_EQ(web.kept_signed + web.kept_encrypted, "");
  EXPECT_EQ(*web.to_be_signed.predecessor + "\n",
            again.kept.at("signed_demo-web.predecessor").bytes);
  EXPECT_FALSE(web.session.predecessor);
  EXPECT_NE(plan.sessions.at(1).kept_signed, "") << "the secrets did not change";
  const auto next = run(changed);
  EXPECT_NE(next.at("signed_demo-web.predecessor").bytes,
            again.kept.at("signed_demo-web.predecessor").bytes);
}

TEST_F(KeptForms, another_encryption_key_encrypts_again_but_does_not_sign_again) {
  MeshInputs again = inputs();
  again.kept = run(again);
  again.cas.encryption_key = crypto::hex(crypto::generate_x25519().public_key);
  for (const PlannedSession& planned : plan_mesh(again).sessions) {
    EXPECT_NE(planned.kept_signed, "");
    EXPECT_EQ(planned.kept_encrypted, "");
  }
}

TEST_F(KeptForms, a_file_that_was_tampered_with_is_refused_by_name) {
  MeshInputs again = inputs();
  again.kept = run(again);
  std::string& file = again.kept["signed_demo-web.json"].bytes;
  const std::string good = file;
  const auto signature = good.find("\"signature\":\"") + 13;
  for (const std::string& bad : {std::string("{"), std::string("{\"session\": 1}"),
                                 good.substr(0, signature) + (good[signature] == '0' ? "1" : "0") +
                                     good.substr(signature + 1)}) {
    file = bad;
    EXPECT_THAT(error_of(again).text(),
                HasSubstr("'session_files/signed_demo-web.json' is not what an earlier run signed; "
                          "remove it to sign again"))
        << bad;
  }
}

TEST_F(KeptForms, nothing_is_kept_in_mode_upload) {
  MeshInputs again = inputs();
  again.kept = run(again);
  MeshInputs upload = inputs_of(mesh_manifest());
  upload.kept = again.kept;
  for (const PlannedSession& planned : plan_mesh(upload).sessions)
    EXPECT_EQ(planned.kept_signed + planned.kept_encrypted, "");
  for (const SessionForms& forms : make_forms(plan_mesh(upload), config)) {
    EXPECT_NE(forms.yaml, "");
    EXPECT_EQ(forms.signed_json + forms.encrypted_json + forms.signed_manifest, "");
  }
}

}  // namespace
}  // namespace sconectl::action
