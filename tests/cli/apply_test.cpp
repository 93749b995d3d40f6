// `apply` as a user types it.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "cli/apply_options.hpp"
#include "cli/next_step.hpp"
#include "program.hpp"

namespace sconectl::cli {
namespace {

using test::Program;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string service(const std::string& name, const std::string& build = "") {
  return "apiVersion: scone/5.8\nkind: genservice\nbuild:\n  name: " + name +
         "\n  kind: python\n  to: r/" + name + ":1\n  command: python3 web.py\n" + build;
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t result = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++result;
  return result;
}

TEST(Apply, the_loud_warning_comes_once_for_all_services) {
  Program program;
  program.machine.files.put("all.yaml", service("web") + "---\n" + service("api"));
  EXPECT_EQ(program.run({"apply", "-f", "all.yaml", "--dry-run"}), 0);
  EXPECT_EQ(count(program.err, "NOT ATTESTED"), 1U) << program.err;
  EXPECT_THAT(program.out, AllOf(HasSubstr("image r/web:1"), HasSubstr("image r/api:1")));
}

TEST(Apply, require_attestation_has_status_2_or_3_and_writes_nothing) {
  Program program;
  program.machine.files.put("service.yaml", service("web"));
  EXPECT_EQ(program.run({"apply", "-f", "service.yaml", "--dry-run", "--require-attestation"}), 2);
  program.machine.files.put("service.yaml", service("web", "  require_attestation: true\n"));
  EXPECT_EQ(program.run({"apply", "-f", "service.yaml", "--dry-run"}), 3);
  EXPECT_THAT(program.err, HasSubstr("service.yaml:8:24: error:"));
  EXPECT_EQ(program.run({"apply", "-f", "service.yaml", "--dry-run", "--json"}), 3);
  EXPECT_EQ(nlohmann::json::parse(program.err).at("diagnostics").at(0).at("line"), 8);
  EXPECT_FALSE(program.machine.files.exists("target"));
}

TEST(Apply, every_runtime_word_is_taken_and_no_other) {
  for (const std::string runtime : {"auto", "native", "gramine", "scone"}) {
    Program program;
    program.machine.files.put("service.yaml", service("web"));
    EXPECT_EQ(program.run({"apply", "-f", "service.yaml", "--dry-run", "--runtime", runtime}), 0);
    EXPECT_THAT(program.out, HasSubstr("would be built from ./target/images/web/Dockerfile:"));
    if (runtime != "gramine") continue;
    EXPECT_THAT(program.out, AllOf(HasSubstr("FROM gramineproject/gramine AS gramine\n"
                                             "FROM python:3-slim AS application\n"),
                                   Not(HasSubstr("scontain"))));
  }
  Program program;
  program.machine.files.put("service.yaml", service("web"));
  EXPECT_EQ(program.run({"apply", "-f", "service.yaml", "--runtime", "sgx"}), 2);
  program.machine.environment.variables["SCONECTL_RUNTIME"] = "sgx";
  EXPECT_EQ(program.run({"apply", "-f", "service.yaml", "--dry-run"}), 2);
  EXPECT_THAT(
      program.err,
      HasSubstr("SCONECTL_RUNTIME can not be 'sgx', only 'auto', 'native', 'gramine', 'scone'"));
}

TEST(Apply, m_is_taken_for_f_with_a_hint) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"-m", "service.yml"}, {"-mservice.yml"}, {"-m=service.yml"}}) {
    Program program;
    program.machine.files.put("service.yml", service("web"));
    std::vector<std::string> arguments{"apply", "--dry-run"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    EXPECT_EQ(program.run(arguments), 0) << words[0] << program.err;
    EXPECT_THAT(program.out, HasSubstr("image r/web:1 would be built"));
    EXPECT_THAT(program.err, HasSubstr("'-m service.yml' is taken for '-f service.yml'"));
  }
}

TEST(Apply, m_with_a_missing_manifest_says_so) {
  Program program;
  EXPECT_EQ(program.run({"apply", "-m", "mesh.yml"}), 4);
  EXPECT_THAT(program.err, HasSubstr("there is no file 'mesh.yml'"));
}

constexpr const char* mesh =
    "apiVersion: scone/5.8\nkind: mesh\ncas:\n- name: cas\n  cas_url: cas.default\n"
    "policy:\n  namespace: ns\nservices:\n- name: web\n  image: r/web:1\n";

TEST(Apply, m_with_an_address_stays_the_attestation_provider) {
  Program program;
  program.machine.files.put("mesh.yaml", mesh);
  for (const std::string address : {"https://x.attest.azure.net/a.yaml", "x.attest.azure.net"}) {
    EXPECT_EQ(program.run({"apply", "-f", "mesh.yaml", "-m", address, "-d", "--offline"}), 3);
    EXPECT_THAT(program.err, HasSubstr("--maa: '" + address +
                                       "' is no provider of Azure Attestation: write "
                                       "https://<tenant>.<region>.attest.azure.net"));
  }
  EXPECT_EQ(program.run({"apply", "-f", "mesh.yaml", "-m"}), 2);
}

TEST(Apply, m_after_the_end_of_options_is_left_alone) {
  test::FakeSystem machine;
  const std::vector<std::string> arguments = {"-f", "a", "--", "-m", "b.yaml"};
  EXPECT_EQ(with_older_manifest_option(machine.system, arguments), arguments);
  EXPECT_EQ(machine.warnings, "");
}

TEST(Apply, a_missing_manifest_suggests_the_one_that_is_there) {
  Program program;
  program.machine.files.put("service.yaml", service("web"));
  EXPECT_EQ(program.run({"apply", "-f", "servce.yaml"}), 4);
  EXPECT_THAT(program.err, HasSubstr("there is no file 'servce.yaml'; did you mean "
                                     "'service.yaml'?"));
}

TEST(Apply, a_missing_requirements_file_suggests_the_one_that_is_there) {
  Program program;
  program.machine.files.put("service.yaml", service("web", "  requirements: requirments.txt\n"));
  program.machine.files.put("requirements.txt", "flask\n");
  EXPECT_EQ(program.run({"apply", "-f", "service.yaml", "--runtime", "native"}), 4);
  EXPECT_THAT(program.err, HasSubstr("service.yaml:8:17: 'build.requirements' names "
                                     "'requirments.txt', which does not exist; did you mean "
                                     "'requirements.txt'?"));
  EXPECT_FALSE(program.machine.files.exists("target"));
}

TEST(Apply, without_input_or_with_the_wrong_kind_it_is_wrong_usage_or_invalid) {
  Program program;
  EXPECT_EQ(program.run({"apply"}), 2);
  EXPECT_THAT(program.err, HasSubstr("name a manifest with '-f FILE'"));
  program.machine.files.put("session.yaml", "name: a\nversion: \"0.3.10\"\nservices: []\n");
  EXPECT_EQ(program.run({"apply", "-f", "session.yaml"}), 3);
  EXPECT_THAT(program.err, HasSubstr("this is a CAS session"));
}

TEST(Apply, help_follows_the_kind_of_the_manifest) {
  Program program;
  program.machine.files.put("service.yaml", service("web"));
  program.machine.files.put("mesh.yaml", mesh);
  EXPECT_EQ(program.run({"apply", "-f", "service.yaml", "--help"}), 0);
  EXPECT_THAT(program.out, AllOf(HasSubstr("--helm-template"), HasSubstr("--runtime"),
                                 HasSubstr("--require-attestation"), Not(HasSubstr("--maa"))));
  EXPECT_EQ(program.run({"apply", "-f", "mesh.yaml", "-h"}), 0);
  EXPECT_THAT(program.out, AllOf(HasSubstr("--maa"), HasSubstr("--release"),
                                 HasSubstr("--require-attestation"), Not(HasSubstr("--runtime"))));
}

TEST(Apply, inputs_are_found_in_every_form_of_the_option) {
  EXPECT_EQ(inputs_in({"-f", "a", "-fb", "-f=c", "--filename", "d", "--filename=e", "-q"}),
            (std::vector<std::string>{"a", "b", "c", "d", "e"}));
  EXPECT_EQ(inputs_in({"-f"}), std::vector<std::string>());
}

TEST(NextStep, is_a_line_that_can_be_pasted) {
  action::AppliedMesh result;
  result.release = "python-app";
  result.chart = "./target/helm";
  EXPECT_EQ(next_step(result, action::MeshOutput::helm_chart),
            "helm install python-app ./target/helm");
  result.chart = "target/helm";  // without "./" helm may look for a repository
  EXPECT_EQ(next_step(result, action::MeshOutput::helm_chart),
            "helm install python-app ./target/helm");
  result.chart = "/home/me/my apps/it's/helm";
  EXPECT_EQ(next_step(result, action::MeshOutput::helm_chart),
            "helm install python-app '/home/me/my apps/it'\\''s/helm'");
  result.chart = "-t/helm";
  EXPECT_EQ(next_step(result, action::MeshOutput::helm_chart), "helm install python-app ./-t/helm");
  result.extra = "out dir/manifests";
  EXPECT_EQ(next_step(result, action::MeshOutput::yaml), "kubectl apply -f './out dir/manifests'");
  result.extra = "./target/compose.yaml";
  result.project = "demo";
  EXPECT_EQ(next_step(result, action::MeshOutput::compose),
            "docker compose -p demo -f ./target/compose.yaml up");
}

}  // namespace
}  // namespace sconectl::cli
