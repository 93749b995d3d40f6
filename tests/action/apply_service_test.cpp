// A service manifest to an image, on a machine of fakes.
#include "sconectl/action/apply_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "applying.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/oci/name.hpp"
#include "sconectl/oci/tar.hpp"
#include "support/fake_network.hpp"

namespace sconectl::action {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ServiceOnPodman : public testing::Test {
 protected:
  ServiceOnPodman() {
    options.engine = "podman";
    options.runtime = manifest::RuntimeSetting::native;
    machine.files.put("web.py", "print()\n");
    const std::string id = "sha256:" + std::string(64, 'a') + "\n";
    machine.processes.always(
        {"podman", "image", "inspect", "--format", "{{.Id}}{{range .RepoDigests}} {{.}}{{end}}",
         "r/web:1", "python:3-slim"},
        {0, 0, id + id, ""});
    machine.processes.always({"podman", "image", "inspect"}, {0, 0, id, ""});
    machine.processes.always({"podman", "push"}, {0, 0, "", ""});
    machine.processes.always({"podman", "info"}, {0, 0, "", ""});
    machine.processes.always({"podman", "save"}, {0, 0, "", ""});
    machine.processes.on_run = [&](const host::Command& command) {
      if (command.argv[1] == "save") machine.files.put(command.argv[3], saved_);
    };
  }

  AppliedService apply(const std::string& build = "  copy: [web.py]\n  integrity: off\n") {
    return apply_service(machine.system, document_of(machine, service_manifest(build)), options);
  }
  /// The second words of all commands of the engine.
  [[nodiscard]] std::vector<std::string> verbs() const {
    std::vector<std::string> result;
    for (const host::Command& command : machine.processes.ran()) result.push_back(command.argv[1]);
    return result;
  }

  /// What `podman save` writes: one layer with one package, and `layer` instead of it if given.
  static std::string saved_image(const std::optional<std::string>& layer = std::nullopt) {
    const std::string plain = archive_of(
        {{"var/lib/dpkg/status",
          "Package: tool\nStatus: install ok installed\nVersion: 1.2\nArchitecture: all\n"}});
    const std::string config = R"({"created":"2023-11-14T22:13:20Z","os":"linux","rootfs":{"type":)"
                               R"("layers","diff_ids":[")" +
                               oci::digest_of(plain) + R"("]}})";
    return archive_of(
        {{"a.tar", layer.value_or(plain)},
         {"id.json", config},
         {"manifest.json", R"([{"Config":"id.json","RepoTags":["r/web:1"],"Layers":["a.tar"]}])"}});
  }

  static std::string archive_of(const std::vector<std::pair<std::string, std::string>>& entries) {
    std::string bytes;
    oci::TarWriter archive([&](std::string_view part) { bytes += part; }, 0);
    for (const auto& [path, text] : entries)
      archive.add({oci::TarKind::file, path, "", 0644, 0, 0, text.size()},
                  [content = &text](const oci::Sink& take) { take(*content); });
    archive.finish();
    return bytes;
  }

  /// The registry is podman's business alone.
  test::FakeNetwork network{[](const host::HttpRequest&) -> host::HttpResponse {
    throw diag::Error(diag::ErrorKind::unavailable, "can not reach it");
  }};
  test::FakeSystem machine{network};
  ServiceOptions options;
  std::string saved_ = saved_image();
};

TEST_F(ServiceOnPodman, is_built_from_the_plan_and_pushed) {
  machine.processes.always({"podman", "build"}, {0, 0, "step 1\n", ""});
  const AppliedService result = apply();
  EXPECT_EQ(result.reference, "r/web:1");
  EXPECT_EQ(result.runtime, "native");
  EXPECT_EQ(result.id, "sha256:" + std::string(64, 'a'));
  // No registry tells what it has: the engine does.
  EXPECT_THAT(verbs(), ElementsAre("image", "image", "build", "image", "push", "save"));
  EXPECT_EQ(machine.files.read("target/images/web/context/app/web.py", 100), "print()\n");
  EXPECT_EQ(machine.files.read("target/images/web/Dockerfile", 100'000), result.dockerfile);
  EXPECT_EQ(machine.warnings, "");
}

TEST_F(ServiceOnPodman, is_not_built_again_when_nothing_changed_and_is_when_something_did) {
  machine.processes.always({"podman", "build"}, {0, 0, "", ""});
  options.push = false;
  EXPECT_FALSE(apply().unchanged);
  EXPECT_TRUE(apply().unchanged);
  // The second time it is asked what it has, and no more.
  EXPECT_THAT(verbs(), ElementsAre("image", "image", "build", "image", "save", "image", "image"));
  machine.files.put("web.py", "PRINT()\n");
  EXPECT_FALSE(apply().unchanged);
  EXPECT_TRUE(apply().unchanged);
  machine.files.put("target/images/web/context/app/web.py", "print()\n");  // somebody's mistake
  EXPECT_TRUE(apply().unchanged);
  EXPECT_EQ(machine.files.read("target/images/web/context/app/web.py", 100), "PRINT()\n");
  options.no_cache = true;
  EXPECT_FALSE(apply().unchanged);
}

TEST_F(ServiceOnPodman, makes_its_signing_key_once_and_keeps_it_private) {
  machine.processes.always({"podman", "build"}, {0, 0, "", ""});
  (void)apply();
  const std::string key = machine.files.read("target/identity.pem", 10'000);
  EXPECT_EQ(machine.files.status("target/identity.pem")->mode, 0600U);
  (void)apply();
  EXPECT_EQ(machine.files.read("target/identity.pem", 10'000), key);
}

TEST_F(ServiceOnPodman, is_not_pushed_when_that_is_not_wanted) {
  machine.processes.always({"podman", "build"}, {0, 0, "", ""});
  options.push = false;
  EXPECT_EQ(apply().digest, "");
  EXPECT_THAT(verbs(), ElementsAre("image", "image", "build", "image", "save"));
}

TEST_F(ServiceOnPodman, is_described_from_what_the_engine_has_when_no_registry_has_it) {
  machine.processes.always({"podman", "build"}, {0, 0, "", ""});
  options.push = false;
  (void)apply();
  const std::string bill = machine.files.read("target/images/web/sbom.cdx.json", 100'000);
  EXPECT_THAT(bill, AllOf(HasSubstr("pkg:deb/debian/tool@1.2"), HasSubstr("2023-11-14T22:13:20Z"),
                          testing::Not(HasSubstr("pkg:oci/web@sha256"))));
  EXPECT_THAT(machine.files.read("target/images/web/provenance.json", 100'000), HasSubstr("r/web"));
  // Nothing of the archive stays, nor of one that a killed run has left.
  machine.files.put("target/images/web/.saved-killed/image.tar", "half");
  options.no_cache = true;
  (void)apply();
  for (const std::string& name : machine.files.list("target/images/web"))
    EXPECT_FALSE(name.starts_with(".saved-")) << name;
  EXPECT_EQ(machine.warnings, "");
}

TEST_F(ServiceOnPodman, whose_saved_bytes_are_others_has_no_bill_and_says_so) {
  machine.processes.always({"podman", "build"}, {0, 0, "", ""});
  options.push = false;
  saved_ = saved_image("other bytes than the configuration says");
  EXPECT_FALSE(apply().unchanged);
  EXPECT_THAT(machine.warnings,
              AllOf(HasSubstr("there are no bills of materials of image 'r/web:1'"),
                    HasSubstr("other bytes")));
  EXPECT_FALSE(machine.files.exists("target/images/web/sbom.cdx.json"));
  machine.warnings.clear();
  saved_ = "no archive";
  options.no_cache = true;
  (void)apply();
  EXPECT_THAT(machine.warnings, HasSubstr("there are no bills of materials"));
  // Who wants none is asked for none.
  machine.warnings.clear();
  options.sbom = false;
  (void)apply();
  EXPECT_EQ(machine.warnings, "");
}

TEST_F(ServiceOnPodman, with_another_time_is_another_build_of_files_that_all_may_read) {
  machine.processes.always({"podman", "build"}, {0, 0, "", ""});
  machine.files.put("web.py", "print()\n", 0640);
  options.push = false;
  (void)apply();
  const std::string copy = "target/images/web/context/app/web.py";
  EXPECT_EQ(machine.files.status(copy)->mode, 0640U);
  machine.environment.variables["SOURCE_DATE_EPOCH"] = "1700000000";
  EXPECT_FALSE(apply().unchanged);
  EXPECT_EQ(machine.files.status(copy)->mode, 0644U);
  EXPECT_EQ(machine.files.read(copy, 100), "print()\n");
  // On this machine they stay the user's.
  EXPECT_EQ(machine.files.status("target/images/web/context")->mode, 0700U);
  EXPECT_TRUE(apply().unchanged);
  machine.files.put("web.py", "print()\n", 0700);
  EXPECT_FALSE(apply().unchanged);
  EXPECT_EQ(machine.files.status(copy)->mode, 0755U);
  machine.environment.variables["SOURCE_DATE_EPOCH"] = "1700000001";
  EXPECT_FALSE(apply().unchanged);
  EXPECT_EQ(machine.warnings, "");
  machine.environment.variables["SOURCE_DATE_EPOCH"] = "yesterday";
  EXPECT_THROW((void)apply(), diag::Error);
}

TEST_F(ServiceOnPodman, a_failed_build_is_not_pushed_and_shows_the_last_lines) {
  machine.processes.always({"podman", "build"},
                           {125, 0, "", "step 1\nboom: the-step-that-fails\n"});
  try {
    (void)apply();
    FAIL();
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::failed);
    EXPECT_THAT(error.text(), HasSubstr("the-step-that-fails"));
  }
  EXPECT_THAT(verbs(),
              testing::AllOf(testing::Contains("build"), testing::Not(testing::Contains("push"))));
}

TEST_F(ServiceOnPodman, a_dry_run_writes_the_plan_and_runs_nothing) {
  options.dry_run = true;
  const AppliedService result = apply();
  EXPECT_THAT(machine.processes.ran(), IsEmpty());
  EXPECT_EQ(result.id + result.digest, "");
  EXPECT_THAT(result.listing, HasSubstr("app/web.py\n"));
  EXPECT_TRUE(machine.files.exists("target/images/web/Dockerfile"));
  EXPECT_FALSE(machine.files.exists("target/identity.pem"));
}

TEST_F(ServiceOnPodman, without_its_files_it_is_refused_before_anything_is_written) {
  try {
    (void)apply("  copy: [web.py, wep.py]\n  requirements: none.txt\n");
    FAIL();
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable);
    EXPECT_THAT(error.causes(),
                ElementsAre(AllOf(HasSubstr("service.yaml:8:18"), HasSubstr("'wep.py'"),
                                  HasSubstr("did you mean 'web.py'?")),
                            AllOf(HasSubstr("service.yaml:9:17"), HasSubstr("'none.txt'"))));
  }
  EXPECT_FALSE(machine.files.exists("target"));
  EXPECT_THAT(machine.processes.ran(), IsEmpty());
}

TEST_F(ServiceOnPodman, a_silent_engine_leaves_no_file_behind) {
  test::FakeSystem silent;
  silent.files.put("web.py", "");
  silent.processes.always({"podman"}, {125, 0, "", "can not connect"});
  EXPECT_THROW(
      (void)apply_service(silent.system,
                          document_of(silent, service_manifest("  copy: [web.py]\n")), options),
      diag::Error);
  EXPECT_FALSE(silent.files.exists("target"));
}

TEST_F(ServiceOnPodman,
       variables_and_files_that_are_secrets_are_warned_of_unless_the_cas_fills_them_in) {
  options.dry_run = true;
  const std::string text = service_manifest() +
                           "environment:\n  local:\n"
                           "  - {name: DB_PASSWORD, value: hunter2}\n"
                           "  - {name: API_TOKEN, value: $$SCONE::token$$}\n"
                           "  - {name: MODE, value: fast}\n"
                           "secrets:\n  global:\n  - {name: token, kind: ascii, size: 10}\n"
                           "injection_files:\n"
                           "- {path: /etc/key, content: \"-----BEGIN PRIVATE KEY-----\"}\n"
                           "- {path: /etc/app.conf, content: \"mode=fast\"}\n";
  (void)apply_service(machine.system, document_of(machine, text), options);
  EXPECT_THAT(
      machine.warnings,
      AllOf(HasSubstr("the value of variable 'DB_PASSWORD' becomes readable"),
            HasSubstr("injected file '/etc/key' becomes readable"), Not(HasSubstr("API_TOKEN")),
            Not(HasSubstr("MODE")), Not(HasSubstr("app.conf")), Not(HasSubstr("hunter2"))));
}

TEST_F(ServiceOnPodman, a_secret_that_stands_in_the_manifest_is_warned_of_without_its_value) {
  options.dry_run = true;
  const std::string text =
      service_manifest() + "secrets:\n  global:\n  - {name: key, kind: ascii, value: hunter2}\n";
  (void)apply_service(machine.system, document_of(machine, text), options);
  EXPECT_THAT(machine.warnings, AllOf(HasSubstr("the value of secret 'key' becomes readable"),
                                      testing::Not(HasSubstr("hunter2"))));
}

TEST_F(ServiceOnPodman, variables_are_replaced_and_a_missing_one_is_named_with_its_place) {
  options.dry_run = true;
  options.substitutions.given = {{"NAME", "$(touch pwned)"}};
  machine.environment.variables["OTHER"] = "from-environment";
  const std::string text = service_manifest() +
                           "environment:\n  local:\n  - {name: A, value: $NAME}\n"
                           "  - {name: B, value: \"${OTHER}\"}\n";
  try {
    (void)apply_service(machine.system, document_of(machine, text), options);
    FAIL();
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
    EXPECT_THAT(error.text(), AllOf(HasSubstr("service.yaml:11:"), HasSubstr("OTHER")));
  }
  options.substitutions.use_environment = true;
  (void)apply_service(machine.system, document_of(machine, text), options);
  EXPECT_THAT(machine.files.read("target/images/web/context/scone/policy/service.json", 100'000),
              AllOf(HasSubstr("$(touch pwned)"), HasSubstr("from-environment")));
}

}  // namespace
}  // namespace sconectl::action
