// --maa and `policy.maa`: who judges the services' evidence (SL-293, SL-303; docs/azure.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mesh/joining.hpp"
#include "sconectl/session/write.hpp"

namespace sconectl::mesh {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* web =
    "apiVersion: scone/5.8\nkind: genservice\nbuild:\n  name: web\n  kind: python\n  to: "
    "repo/web:1\n  pwd: /app\n  command: python3 app.py\n";

std::string mesh(const std::string& policy = "") {
  return "apiVersion: scone/5.8\nkind: mesh\ncas:\n  - name: cas\n    cas_url: cas.example\n"
         "policy:\n  namespace: ns\n" +
         policy + "services:\n  - name: web\n    image: repo/web:1\n";
}

struct Provided : testing::Test {
  std::string session_of_web(const std::string& mesh_yaml,
                             image::Runtime runtime = image::Runtime::scone) {
    join(joined, mesh_yaml, {facts_of(web, {}, runtime)}, {}, options);
    return session::text(joined.sessions.back());
  }
  Options options = test_options();
  Joined joined;
};

TEST_F(Provided, SL293_the_mesh_names_who_judges_its_enclaves) {
  const auto text = session_of_web(
      mesh("  maa: https://sharedweu.weu.attest.azure.net\n  tolerate: debug-mode\n"));
  EXPECT_EQ(joined.errors, "");
  EXPECT_THAT(text, HasSubstr("mode: maa"));
  EXPECT_THAT(text, HasSubstr("url: https://sharedweu.weu.attest.azure.net"));
  EXPECT_THAT(text, HasSubstr("maa-managed-tcb"));
  EXPECT_THAT(text, HasSubstr("debug-mode"));
}

TEST_F(Provided, the_option_wins) {
  options.attestation_provider = "https://mine.weu.attest.azure.net/";
  const auto text = session_of_web(mesh("  maa: https://sharedweu.weu.attest.azure.net\n"));
  EXPECT_THAT(text, AllOf(HasSubstr("url: https://mine.weu.attest.azure.net/"),
                          Not(HasSubstr("sharedweu"))));
}

TEST_F(Provided, nobody_is_named_by_null) {
  const auto text = session_of_web(mesh("  maa: null\n"));
  EXPECT_EQ(joined.errors, "");
  EXPECT_THAT(text, AllOf(HasSubstr("name: ns/web"), Not(HasSubstr("mode: maa"))));
}

TEST_F(Provided, what_is_tolerated_already_is_not_said_twice) {
  const auto text = session_of_web(
      mesh("  maa: https://sharedweu.weu.attest.azure.net\n  tolerate: maa-managed-tcb\n"));
  ASSERT_THAT(text, HasSubstr("maa-managed-tcb"));
  EXPECT_EQ(text.find("maa-managed-tcb"), text.rfind("maa-managed-tcb"));
}

TEST_F(Provided, what_is_no_provider_is_an_error_at_its_place) {
  (void)session_of_web(mesh("  maa: https://sharedweu.example\n"));
  EXPECT_THAT(joined.errors,
              HasSubstr("mesh.yaml:8:8: error: policy.maa: 'https://sharedweu.example' is no "
                        "provider of Azure Attestation: write "
                        "https://<tenant>.<region>.attest.azure.net"));
}

TEST_F(Provided, an_imported_security_section_says_it_itself) {
  options.attestation_provider = "https://mine.weu.attest.azure.net";
  (void)session_of_web(mesh("  security_policy_name: policies/security\n"));
  EXPECT_THAT(joined.errors, HasSubstr("'security_policy_name' and --maa exclude each other"));
}

TEST_F(Provided, native_services_have_nothing_to_judge) {
  options.attestation_provider = "https://mine.weu.attest.azure.net";
  const auto text = session_of_web(mesh(), image::Runtime::native);
  EXPECT_THAT(text, HasSubstr("mode: none"));
  EXPECT_THAT(joined.warnings,
              HasSubstr("--maa has no effect: no service of the mesh runs in an enclave"));
}

TEST_F(Provided, images_of_others_bring_their_own_sessions) {
  image::Facts facts;
  facts.image = "repo/web:1";
  facts.name = "web";
  facts.binaries = {"/usr/bin/python3"};
  facts.chart["values.yaml.template"] = "image: {{image_name}}\n";
  facts.policy.template_policy =
      "name: {{session}}\nversion: \"0.3.10\"\nservices:\n- name: python3\n  command: python3\n"
      "  mrenclaves: [" +
      std::string(64, '1') + "]\n";
  options.attestation_provider = "https://mine.weu.attest.azure.net";
  join(joined, mesh(), {facts}, {}, options);
  EXPECT_EQ(joined.errors, "");
  EXPECT_THAT(joined.warnings,
              HasSubstr("--maa has no effect on service 'web': its image brings its own sessions"));
}

}  // namespace
}  // namespace sconectl::mesh
