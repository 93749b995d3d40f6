// Which runtime a service is built for (docs/commands.md), and who may refuse it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "action/applying.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::action {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* docker_file = "/home/user/.docker/config.json";
constexpr const char* login = R"({"auths":{"registry.scontain.com":{"auth":"dTpw"}}})";

struct Planned {
  test::FakeSystem machine;
  std::string build;  ///< lines of the build section
  ServiceOptions options;
  diag::ErrorKind kind{};
  std::string error;  ///< "" if none

  AppliedService run() {
    options.dry_run = true;
    try {
      return apply_service(machine.system, document_of(machine, service_manifest(build)), options);
    } catch (const diag::Error& caught) {
      kind = caught.kind();
      error = caught.text();
      return {};
    }
  }
};

TEST(ServiceRuntime, without_any_word_and_without_scone_images_it_is_native_with_one_warning) {
  Planned planned;
  const AppliedService result = planned.run();
  EXPECT_EQ(planned.error, "");
  EXPECT_EQ(result.runtime, "native");
  EXPECT_THAT(result.runtime_because,
              AllOf(HasSubstr("SCONECTL_REPO is not set"),
                    HasSubstr("docker has no credentials for registry.scontain.com")));
  EXPECT_THAT(planned.machine.warnings,
              AllOf(HasSubstr("NOT ATTESTED"), HasSubstr("Weaker: "), HasSubstr("--runtime native"),
                    HasSubstr("--runtime scone"), HasSubstr("--require-attestation")));
  EXPECT_THAT(planned.machine.processes.ran(), testing::IsEmpty()) << "no helper may be started";
}

TEST(ServiceRuntime, of_no_engine_nothing_is_said_as_if_it_were_one) {
  Planned planned;
  planned.options.engine = "none";
  EXPECT_EQ(planned.run().runtime_because,
            "SCONECTL_REPO is not set and there are no credentials for registry.scontain.com");
}

TEST(ServiceRuntime, a_runtime_that_somebody_chose_is_no_reason_to_warn) {
  Planned option;
  option.options.runtime = manifest::RuntimeSetting::native;
  EXPECT_EQ(option.run().runtime, "native");
  Planned manifest;
  manifest.build = "  runtime: native\n";
  EXPECT_EQ(manifest.run().runtime, "native");
  Planned environment;
  environment.machine.environment.variables["SCONECTL_RUNTIME"] = "native";
  EXPECT_EQ(environment.run().runtime, "native");
  EXPECT_EQ(option.machine.warnings + manifest.machine.warnings + environment.machine.warnings, "");
}

TEST(ServiceRuntime, a_repository_of_scone_images_makes_it_scone) {
  Planned planned;
  planned.machine.environment.variables["SCONECTL_REPO"] = "registry.example/scone";
  const AppliedService result = planned.run();
  EXPECT_EQ(result.runtime, "scone");
  EXPECT_EQ(result.runtime_because, "SCONECTL_REPO is set");
  EXPECT_THAT(result.dockerfile, HasSubstr("FROM registry.example/scone/python:latest"));
  EXPECT_EQ(planned.machine.warnings, "");
}

TEST(ServiceRuntime, an_empty_repository_is_none) {
  Planned planned;
  planned.machine.environment.variables["SCONECTL_REPO"] = "";
  EXPECT_EQ(planned.run().runtime, "native");
}

TEST(ServiceRuntime, credentials_of_the_engine_make_it_scone_whether_or_not_they_work) {
  Planned planned;
  planned.machine.files.put(docker_file, login);
  const AppliedService result = planned.run();
  EXPECT_EQ(result.runtime, "scone");
  EXPECT_EQ(result.runtime_because,
            "docker has credentials for registry.scontain.com in '/home/user/.docker/config.json'");
  EXPECT_THAT(planned.machine.processes.ran(), testing::IsEmpty());
}

TEST(ServiceRuntime, only_the_engine_that_is_used_counts) {
  Planned podman;
  podman.machine.files.put("/home/user/.config/containers/auth.json", login);
  EXPECT_EQ(podman.run().runtime, "native");
  podman.options.engine = "podman";
  EXPECT_EQ(podman.run().runtime, "scone");
  Planned only_podman;
  only_podman.machine.processes.remove_program("docker");
  only_podman.machine.files.put("/home/user/.config/containers/auth.json", login);
  EXPECT_EQ(only_podman.run().runtime, "scone");
}

TEST(ServiceRuntime, without_an_engine_a_plan_is_native) {
  Planned planned;
  for (const char* engine : {"docker", "podman", "buildah"})
    planned.machine.processes.remove_program(engine);
  EXPECT_EQ(planned.run().runtime, "native");
  EXPECT_THAT(planned.machine.warnings, HasSubstr("no container engine is installed"));
}

TEST(ServiceRuntime, a_broken_configuration_is_an_error_and_no_downgrade) {
  Planned planned;
  planned.machine.files.put(docker_file, "{\"auths\":");
  (void)planned.run();
  EXPECT_EQ(planned.kind, diag::ErrorKind::unavailable);
  EXPECT_THAT(planned.error, HasSubstr(docker_file));
  planned.error.clear();
  planned.options.runtime = manifest::RuntimeSetting::native;  // whoever chooses does not need it
  EXPECT_EQ(planned.run().runtime, "native");
  EXPECT_EQ(planned.error, "");
}

TEST(RequireAttestation, the_option_refuses_native_as_wrong_usage) {
  Planned planned;
  planned.options.require_attestation = true;
  (void)planned.run();
  EXPECT_EQ(planned.kind, diag::ErrorKind::usage);
  EXPECT_THAT(planned.error,
              AllOf(HasSubstr("demanded by '--require-attestation'"), HasSubstr("r/web:1"),
                    HasSubstr("because SCONECTL_REPO is not set"), HasSubstr("--runtime scone")));
  EXPECT_EQ(planned.machine.warnings, "");
  EXPECT_FALSE(planned.machine.files.exists("target"));
}

TEST(RequireAttestation, the_variable_refuses_native_and_knows_yes_from_no) {
  for (const char* yes : {"1", "true", "yes", "on"}) {
    Planned planned;
    planned.machine.environment.variables["SCONECTL_REQUIRE_ATTESTATION"] = yes;
    planned.options.runtime = manifest::RuntimeSetting::native;
    (void)planned.run();
    EXPECT_EQ(planned.kind, diag::ErrorKind::usage) << yes;
    EXPECT_THAT(planned.error, AllOf(HasSubstr("demanded by SCONECTL_REQUIRE_ATTESTATION"),
                                     HasSubstr("because '--runtime' says so")));
  }
  for (const char* no : {"", "0", "false", "no", "off"}) {
    Planned planned;
    planned.machine.environment.variables["SCONECTL_REQUIRE_ATTESTATION"] = no;
    EXPECT_EQ(planned.run().runtime, "native") << no;
  }
  for (const char* neither : {"2", "TRUE", "ja", " 1"}) {
    Planned planned;
    planned.machine.environment.variables["SCONECTL_REQUIRE_ATTESTATION"] = neither;
    (void)planned.run();
    EXPECT_EQ(planned.kind, diag::ErrorKind::usage) << neither;
    EXPECT_THAT(planned.error, HasSubstr("write 1 or 0"));
    planned.options.runtime = manifest::RuntimeSetting::scone;  // a slip is told in any case
    planned.error.clear();
    (void)planned.run();
    EXPECT_THAT(planned.error, HasSubstr("write 1 or 0"));
  }
}

TEST(RequireAttestation, the_manifest_refuses_native_at_its_place) {
  Planned planned;
  planned.build = "  require_attestation: true\n";
  planned.options.runtime = manifest::RuntimeSetting::native;
  (void)planned.run();
  EXPECT_EQ(planned.kind, diag::ErrorKind::invalid);
  EXPECT_THAT(planned.error,
              HasSubstr("service.yaml:8:24: error: attestation is demanded by "
                        "'require_attestation' (service.yaml:8:24), and image 'r/web:1' would be "
                        "built for the runtime 'native', which has none, because '--runtime' says "
                        "so"));
}

TEST(RequireAttestation, a_runtime_of_the_manifest_is_refused_at_its_place) {
  Planned planned;
  planned.build = "  runtime: native\n";
  planned.options.require_attestation = true;
  planned.machine.environment.variables["SCONECTL_REQUIRE_ATTESTATION"] = "1";
  (void)planned.run();
  EXPECT_EQ(planned.kind, diag::ErrorKind::invalid);
  EXPECT_THAT(planned.error,
              HasSubstr("service.yaml:8:12: error: attestation is demanded by "
                        "'--require-attestation' and SCONECTL_REQUIRE_ATTESTATION, and image"));
}

TEST(RequireAttestation, no_in_the_manifest_does_not_undo_the_pipelines_demand) {
  Planned planned;
  planned.build = "  require_attestation: false\n";
  planned.machine.environment.variables["SCONECTL_REQUIRE_ATTESTATION"] = "1";
  (void)planned.run();
  EXPECT_EQ(planned.kind, diag::ErrorKind::usage);
}

TEST(RequireAttestation, an_attested_runtime_is_planned) {
  for (const auto runtime : {manifest::RuntimeSetting::scone, manifest::RuntimeSetting::gramine}) {
    Planned planned;
    planned.build = "  require_attestation: true\n";
    planned.options.runtime = runtime;
    EXPECT_EQ(planned.run().runtime, text::word(runtime));
    EXPECT_EQ(planned.error, "");
  }
}

}  // namespace
}  // namespace sconectl::action
