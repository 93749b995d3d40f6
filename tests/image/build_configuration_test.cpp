// Files that a build may read and an image never holds.
#include "sconectl/image/build_configuration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/planning.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/image/engine.hpp"
#include "support/matchers.hpp"
#include "support/memory_files.hpp"
#include "support/scripted_processes.hpp"

namespace sconectl::image {
namespace {

using testing::HasSubstr;

const BuildConfiguration two{
    {{BuildFileKind::authorities, "/p/ca", "aa"}, {BuildFileKind::pip, "/p/pip", "bb"}}, {}};

TEST(BuildConfigurations, commands_find_the_files_by_variables) {
  const auto prefix = run_prefix(two);
  EXPECT_THAT(prefix, testing::StartsWith(
                          "--mount=type=secret,id=ca,target=/dev/sconectl-build/ca,mode=0444 "
                          "--mount=type=secret,id=pip,target=/dev/sconectl-build/pip,mode=0444 "
                          "export SCONECTL_BUILD_CONFIGURATION="));
  EXPECT_THAT(prefix, HasSubstr(" PIP_CERT=/dev/sconectl-build/ca "));
  EXPECT_THAT(prefix, HasSubstr(" PIP_CONFIG_FILE=/dev/sconectl-build/pip; "));
  EXPECT_EQ(run_prefix({}), "");
}

TEST(BuildConfigurations, maven_gets_settings_and_authorities_and_keeps_its_own_options) {
  const BuildConfiguration maven{
      {{BuildFileKind::java, "/p/java-ca", "aa"}, {BuildFileKind::maven, "/p/maven", "bb"}}, {}};
  EXPECT_THAT(run_prefix(maven),
              testing::AllOf(HasSubstr(" MAVEN_OPTS=\"${MAVEN_OPTS:-} "
                                       "-Djavax.net.ssl.trustStore=/dev/sconectl-build/java-ca\""),
                             HasSubstr(" MAVEN_ARGS=\"--settings /dev/sconectl-build/maven\" "
                                       "SCONECTL_MAVEN_SETTINGS=/dev/sconectl-build/maven; ")));
}

TEST(BuildConfigurations, another_file_is_another_build) {
  auto other = two;
  other.files[1].digest = "bc";
  EXPECT_NE(run_prefix(other), run_prefix(two));
  auto moved = two;
  moved.files[1].source = "/elsewhere";
  EXPECT_EQ(run_prefix(moved), run_prefix(two));
}

TEST(BuildConfigurations, every_command_of_a_plan_has_them) {
  PlanOptions options = native();
  options.configuration = two;
  const Planned result =
      planned(manifest_with("  requirements: r.txt\n  run: [echo a && echo b]\n"),
              {{"r.txt", {Source::Kind::file, "flask\n"}}}, options);
  EXPECT_EQ(result.errors, "");
  std::size_t commands = 0;
  for (std::size_t at = 0; (at = result.plan.dockerfile.find("\nRUN ", at)) != std::string::npos;
       ++at) {
    if (result.plan.dockerfile.compare(at + 5, 1, "[") == 0) continue;  // of this program
    ++commands;
    EXPECT_EQ(result.plan.dockerfile.compare(at + 5, 9, "--mount=t"), 0);
  }
  EXPECT_EQ(commands, 2U);
  EXPECT_THAT(planned(manifest_with("  run: [echo a]\n")).plan.dockerfile,
              test::HasButNot("RUN echo a", "mount"));
}

struct BuildsWith : testing::Test {
  Engine engine(const std::string& name) {
    processes.always({name, "image", "inspect", "--format",
                      "{{.Id}}{{range .RepoDigests}} {{.}}{{end}}", "r/web:1"},
                     {0, 0, "sha256:" + std::string(64, 'a') + "\n", ""});
    return {processes, files, name};
  }
  static std::vector<std::string> build(const std::string& name) {
    return {name,       "build",           "--tag",       "r/web:1",
            "--file",   "d/Dockerfile",    "--build-arg", "HTTPS_PROXY",
            "--secret", "id=ca,src=/p/ca", "--secret",    "id=pip,src=/p/pip",
            "d/context"};
  }
  test::ScriptedProcesses processes;
  test::MemoryFiles files;
  BuildConfiguration configuration = two;
};

TEST_F(BuildsWith, a_docker_without_build_kit_says_so_itself) {
  configuration.proxies = {"HTTPS_PROXY"};
  auto docker = engine("docker");
  processes.always({"docker", "build"}, {1, 0, "", "no such component"});
  processes.always({"docker", "version"}, {0, 0, "28.2.2\n", ""});
  processes.always(build("docker"),
                   {1, 0, "", "ERROR: BuildKit is enabled but the buildx component"});
  try {
    (void)docker.build("d", "r/web:1", {}, configuration);
    ADD_FAILURE() << "built without its files";
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::failed);
  }
}

TEST_F(BuildsWith, an_older_docker_speaks_to_build_kit_itself) {
  configuration.proxies = {"HTTPS_PROXY"};
  auto docker = engine("docker");
  processes.always({"docker", "build", "--load"}, {125, 0, "", "unknown flag"});
  processes.always({"docker", "build", "--help"}, {0, 0, "", ""});
  processes.always(build("docker"), {0, 0, "", ""});
  (void)docker.build("d", "r/web:1", {}, configuration);
  bool seen = false;
  for (const auto& command : processes.ran())
    if (command.argv == build("docker")) {
      seen = true;
      EXPECT_EQ(command.environment.at("DOCKER_BUILDKIT"), "1");
    }
  EXPECT_TRUE(seen);
}

TEST_F(BuildsWith, podman_can_do_it_by_itself) {
  configuration.proxies = {"HTTPS_PROXY"};
  auto podman = engine("podman");
  processes.always(build("podman"), {0, 0, "", ""});
  EXPECT_NO_THROW((void)podman.build("d", "r/web:1", {}, configuration));
}

}  // namespace
}  // namespace sconectl::image
