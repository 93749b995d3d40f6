// Images of this program, on a machine of fakes; tests/e2e/platform.sh builds and runs them.
#include "sconectl/action/platform_image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"
#include "support/fake_system.hpp"

namespace sconectl::action {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class PlatformImageOnPodman : public testing::Test {
 protected:
  PlatformImageOnPodman() {
    machine.processes.always({"podman", "image", "inspect"},
                             {0, 0, "sha256:" + std::string(64, 'a') + "\n", ""});
    machine.processes.always({"podman", "build"}, {0, 0, "", ""});
    machine.processes.always({"podman", "push"}, {0, 0, "", ""});
    machine.processes.always({"podman", "info"}, {0, 0, "", ""});
  }
  [[nodiscard]] std::vector<std::string> verbs() const {
    std::vector<std::string> result;
    for (const host::Command& command : machine.processes.ran()) result.push_back(command.argv[1]);
    return result;
  }
  std::string refusal(const PlatformImage& image) {
    try {
      (void)build_platform_image(machine.system, image);
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), diag::ErrorKind::usage);
      EXPECT_TRUE(machine.processes.ran().empty());
      return error.text();
    }
    return "";
  }

  test::FakeSystem machine;
};

class EachPlatformImage : public PlatformImageOnPodman,
                          public testing::WithParamInterface<std::string> {};

TEST_P(EachPlatformImage, is_built_and_pushed) {
  EXPECT_THAT(build_platform_image(machine.system,
                                   {GetParam(), "r.example:5000/me/tool:1", true, "podman", {}}),
              StartsWith("r.example:5000/me/tool"));
  EXPECT_THAT(verbs(), Contains("push"));
  EXPECT_TRUE(machine.files.list("/tmp").empty()) << "the build folder is left behind";
}

TEST_P(EachPlatformImage, stays_here_when_that_is_wanted) {
  EXPECT_EQ(build_platform_image(machine.system, {GetParam(), "tool:1", false, "podman", {}}),
            "tool:1");
  EXPECT_THAT(verbs(), AllOf(Contains("build"), Not(Contains("push"))));
}

TEST_P(EachPlatformImage, needs_a_name_that_engines_take) {
  EXPECT_THAT(refusal({GetParam(), "https://x/tool", true, "podman", {}}), StartsWith("--to: '"));
}

INSTANTIATE_TEST_SUITE_P(Platform, EachPlatformImage, testing::ValuesIn(platform_images()),
                         [](const auto& name) { return name.param; });

TEST_F(PlatformImageOnPodman, the_command_line_brings_the_launcher_of_the_images_that_it_builds) {
  machine.files.remove_tree("/usr/bin/sconectl-launcher");
  EXPECT_EQ(build_platform_image(machine.system, {"cas", "cas:1", false, "podman", {}}), "cas:1");
  EXPECT_THROW((void)build_platform_image(machine.system, {"cli", "cli:1", false, "podman", {}}),
               diag::Error);
}

TEST_F(PlatformImageOnPodman, base_is_an_image_and_only_for_the_command_line) {
  // An instruction of its own would be one of the Dockerfile.
  EXPECT_THAT(refusal({"cli", "cli:1", false, "podman", "debian:12\nRUN x"}),
              StartsWith("--from: '"));
  EXPECT_THAT(refusal({"cas", "cas:1", false, "podman", "debian:12"}),
              HasSubstr("'cas' is built from nothing"));
  EXPECT_EQ(build_platform_image(machine.system, {"cli", "cli:1", false, "podman", "me/shell:1"}),
            "cli:1");
}

}  // namespace
}  // namespace sconectl::action
