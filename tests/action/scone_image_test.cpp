// Images for SCONE on a machine of fakes; tests/e2e/scone.sh builds them.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "action/scone_image.hpp"
#include "applying.hpp"
#include "sconectl/diag/error.hpp"
#include "support/matchers.hpp"

namespace sconectl::action {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string hash(64, 'a');
const std::string other_hash(64, 'b');
const std::string key(64, 'c');
const std::string tag(32, 'd');

class ServiceForScone : public testing::Test {
 protected:
  ServiceForScone() {
    options.engine = "podman";
    options.sbom = false;
    options.runtime = manifest::RuntimeSetting::scone;
    options.push = false;
    machine.files.put("web.py", "print()\n");
    machine.processes.always({"podman", "image", "inspect"},
                             {0, 0, "sha256:" + std::string(64, 'e') + "\n", ""});
    machine.processes.always({"podman", "build"}, {0, 0, "", ""});
    machine.processes.always({"podman", "info"}, {0, 0, "", ""});
  }

  /// What the container of an image prints.
  void prints(const std::string& image, const std::string& entrypoint,
              const std::vector<std::string>& arguments, const std::string& output,
              const std::vector<std::string>& environment = {}) {
    std::vector<std::string> argv = {"podman", "run",       "--rm", "--interactive", "--pull",
                                     "never",  "--network", "none", "--log-driver",  "none"};
    argv.insert(argv.end(), environment.begin(), environment.end());
    argv.insert(argv.end(), {"--entrypoint", entrypoint, image});
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    machine.processes.always(argv, {0, 0, output, ""});
  }
  void signs(const std::string& output) {
    prints("r/web:1-signing", "/bin/sh", {"/sconectl-sign.sh", "--production", "python3"}, output);
  }
  void is_measured(const std::string& output) {
    prints("r/web:1", "/usr/bin/python3.11", {}, output, {"--env", "SCONE_HASH=1"});
  }

  AppliedService apply(const std::string& more = "") {
    return apply_service(
        machine.system,
        document_of(machine, service_manifest("  pwd: /app\n  copy: [web.py]\n" + more)), options);
  }
  diag::Error refusal(const std::string& more = "") {
    try {
      (void)apply(more);
    } catch (const diag::Error& error) {
      return error;
    }
    ADD_FAILURE() << "nothing was refused";
    return {diag::ErrorKind::failed, ""};
  }

  test::FakeSystem machine;
  ServiceOptions options;
};

TEST_F(ServiceForScone, is_signed_in_a_container_that_gets_the_key_on_its_input) {
  signs(hash + " /usr/bin/python3.11\nsigned\nprogram");
  is_measured(hash + "\n");
  const AppliedService made = apply();
  EXPECT_EQ(made.enclave->mr_enclave, hash);
  EXPECT_EQ(made.enclave->mr_signer.size(), 64U);
  EXPECT_EQ(machine.files.read("target/images/web/finished/context/program", 100),
            "signed\nprogram");
  const auto facts =
      machine.files.read("target/images/web/context/scone/policy/service.json", 9999);
  EXPECT_THAT(facts, HasSubstr("\"mr_enclave\": \"" + hash));
  std::vector<std::string> given;
  std::string words;
  for (const host::Command& command : machine.processes.ran()) {
    for (const std::string& word : command.argv) words += word + "\n";
    if (!command.input.empty()) given.push_back(command.argv.at(12));
  }
  EXPECT_THAT(words, test::HasButNot("/sconectl-sign.sh", "PRIVATE KEY"));
  EXPECT_THAT(given, ElementsAre("r/web:1-signing"));
}

TEST_F(ServiceForScone, fails_when_the_finished_image_is_measured_as_something_else) {
  signs(hash + " /usr/bin/python3.11\nsigned");
  is_measured(other_hash + "\n");
  const diag::Error error = refusal();
  EXPECT_EQ(error.kind(), diag::ErrorKind::failed);
  EXPECT_THAT(error.text(), HasSubstr("is measured as " + other_hash));
}

TEST_F(ServiceForScone, fails_when_tools_print_something_else) {
  signs("abc /usr/bin/python3.11\nprogram");
  EXPECT_THAT(refusal().text(), HasSubstr("the program '/usr/bin/python3.11' of SCONE did not "
                                          "print its measurement"));
}

TEST_F(ServiceForScone, fails_when_the_signer_gives_no_program) {
  signs(hash + " /usr/bin/python3.11\n");
  EXPECT_THAT(refusal().text(),
              HasSubstr("the signer of SCONE did not print a measurement and a program"));
}

TEST_F(ServiceForScone, fails_when_the_protected_files_have_no_key) {
  prints("r/web:1-protecting", "/bin/sh", {"/sconectl/fspf.sh", "/app"},
         key.substr(1) + " " + tag + "\nprotected");
  const std::string said = refusal("  dirs: [/app]\n").text();
  EXPECT_THAT(said, AllOf(HasSubstr("did not print a key and a tag"), Not(HasSubstr("ccccc"))));
  EXPECT_FALSE(machine.files.exists("target/images/web/fspf_key"));
}

TEST_F(ServiceForScone, keeps_the_key_of_its_protected_files_beside_the_image) {
  prints("r/web:1-protecting", "/bin/sh", {"/sconectl/fspf.sh", "/app"},
         key + " " + tag + "\nprotected");
  signs(hash + " /usr/bin/python3.11\nsigned");
  is_measured(hash);
  (void)apply("  dirs: [/app]\n");
  EXPECT_EQ(machine.files.status("target/images/web/fspf_key")->mode, 0600U);
  EXPECT_EQ(kept_fspf_key(machine.files, "target/images/web", tag), key);
  EXPECT_EQ(kept_fspf_key(machine.files, "target/images/web", std::string(32, 'f')), std::nullopt);
  EXPECT_EQ(kept_fspf_key(machine.files, "target/images/none", tag), std::nullopt);
  EXPECT_EQ(machine.files.read("target/images/web/finished/context/fspf.pb", 100), "protected");
  EXPECT_THAT(
      machine.files.read("target/images/web/finished/context/scone/policy/service.json", 9999),
      AllOf(HasSubstr(tag), Not(HasSubstr(key))));
}

TEST_F(ServiceForScone, keeps_the_keys_of_earlier_builds) {
  signs(hash + " /usr/bin/python3.11\nsigned");
  is_measured(hash);
  const auto built = [&](const std::string& with_key, const std::string& with_tag) {
    prints("r/web:1-protecting", "/bin/sh", {"/sconectl/fspf.sh", "/app"},
           with_key + " " + with_tag + "\nprotected");
    (void)apply("  dirs: [/app]\n");
  };
  const std::string second_key(64, 'e');
  const std::string second_tag(32, 'f');
  built(key, tag);
  built(second_key, second_tag);
  EXPECT_EQ(kept_fspf_key(machine.files, "target/images/web", tag), key);
  EXPECT_EQ(kept_fspf_key(machine.files, "target/images/web", second_tag), second_key);
  // A tag that comes again has the key of its last build, and one line.
  built(second_key, tag);
  EXPECT_EQ(kept_fspf_key(machine.files, "target/images/web", tag), second_key);
  EXPECT_EQ(machine.files.read("target/images/web/fspf_key", 4096),
            tag + " " + second_key + "\n" + second_tag + " " + second_key + "\n");
  // Of very many the oldest goes.
  std::string many;
  for (int i = 0; i < 200; ++i) many += fmt::format("{:032x} {}\n", i, key);
  machine.files.put("target/images/web/fspf_key", many, 0600);
  built(second_key, second_tag);
  EXPECT_EQ(kept_fspf_key(machine.files, "target/images/web", fmt::format("{:032x}", 98)), key);
  EXPECT_FALSE(kept_fspf_key(machine.files, "target/images/web", fmt::format("{:032x}", 99)));
}

TEST_F(ServiceForScone, refuses_what_the_tools_can_not_do) {
  options.signing_command = {"vault"};
  options.signer_key = "public.pem";
  machine.files.put("public.pem",
                    crypto::PrivateKey::generate_for_enclaves().public_key().spki_pem());
  EXPECT_THAT(refusal().text(), HasSubstr("SCONE's signer needs the key itself"));
}

TEST_F(ServiceForScone, names_the_image_that_can_not_be_had) {
  test::FakeSystem bare;
  bare.files.put("web.py", "");
  bare.processes.always({"podman", "image", "inspect"}, {125, 0, "", "no such image"});
  bare.processes.always({"podman", "info"}, {0, 0, "", ""});
  bare.processes.always({"podman", "pull"}, {125, 0, "", "denied"});
  options.runtime = std::nullopt;
  bare.environment.variables["SCONECTL_REPO"] = "registry.example/scone";
  try {
    (void)apply_service(bare.system, document_of(bare, service_manifest("  copy: [web.py]\n")),
                        options);
    FAIL();
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable);
    EXPECT_THAT(error.text(),
                AllOf(HasSubstr("'registry.example/scone/sconecli:latest' is not here"),
                      HasSubstr("add '--runtime native' to the command ('scone' was "
                                "chosen because SCONECTL_REPO is set)")));
  }
  EXPECT_FALSE(bare.files.exists("target"));
}

}  // namespace
}  // namespace sconectl::action
