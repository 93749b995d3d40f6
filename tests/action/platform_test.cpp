// The charts of the platform, on a machine of fakes.
#include "sconectl/action/platform.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"
#include "support/fake_system.hpp"

namespace sconectl::action {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class PlatformCharts : public testing::Test {
 protected:
  std::string refusal(const PlatformChart& chart) {
    const host::Tree before = machine.files.all();
    try {
      write_platform_chart(machine.system, chart);
    } catch (const diag::Error& error) {
      kind = error.kind();
      EXPECT_EQ(machine.files.all().size(), before.size());
      return error.text();
    }
    return "";
  }
  std::string file(const std::string& path) { return machine.files.read(path, 1U << 20U); }

  test::FakeSystem machine;
  diag::ErrorKind kind = diag::ErrorKind::failed;
};

TEST_F(PlatformCharts, are_those_of_the_templates) {
  EXPECT_THAT(platform_charts(), ElementsAre("cas", "crds", "las", "rest-api-sample"));
}

TEST_F(PlatformCharts, are_written_whole) {
  write_platform_chart(machine.system, {"cas", "out/cas", {}});
  EXPECT_THAT(machine.files.list("out/cas"),
              ElementsAre(".helmignore", "Chart.yaml", "README.md", "templates",
                          "values.schema.json", "values.yaml"));
  EXPECT_THAT(file("out/cas/Chart.yaml"), HasSubstr("name: cas\n"));
  EXPECT_THAT(file("out/cas/values.yaml"), HasSubstr("\nimage: \"\"\n"));
  write_platform_chart(machine.system, {"las", "out/las", {}});
  EXPECT_THAT(file("out/las/templates/daemonset.yaml"), HasSubstr("kind: DaemonSet"));
}

TEST_F(PlatformCharts, take_an_image_and_are_replaced) {
  write_platform_chart(machine.system, {"cas", "cas", "registry.example:5000/me/cas:1"});
  EXPECT_THAT(file("cas/values.yaml"),
              AllOf(HasSubstr("\nimage: \"registry.example:5000/me/cas:1\"\n"),
                    HasSubstr("productionMode:\n  enabled: false\n  image: \"\"\n")));
  write_platform_chart(machine.system, {"cas", "cas", {}});
  EXPECT_THAT(file("cas/values.yaml"), HasSubstr("\nimage: \"\"\n"));
}

TEST_F(PlatformCharts, take_no_image_that_could_be_structure) {
  for (const char* image : {"a\"\nreplicaCount: 2", "http://x/y", "X:1:2", "a b"}) {
    EXPECT_THAT(refusal({"cas", "cas", image}), StartsWith("--image: '")) << image;
    EXPECT_EQ(kind, diag::ErrorKind::usage);
  }
}

TEST_F(PlatformCharts, definitions_are_written_again_and_install_no_image) {
  for (int run = 0; run < 2; ++run) EXPECT_EQ(refusal({"crds", "crds", {}}), "");
  EXPECT_THAT(file("crds/cas.services.scone.cloud.yaml"),
              HasSubstr("kind: CustomResourceDefinition"));
  EXPECT_THAT(refusal({"crds", "crds", "r/cas:1"}), HasSubstr("'crds' installs no image"));
  EXPECT_EQ(kind, diag::ErrorKind::usage);
  machine.files.put("crds/mine.yaml", "x");
  EXPECT_THAT(refusal({"crds", "crds", {}}), HasSubstr("holds 'mine.yaml'"));
}

TEST_F(PlatformCharts, never_replace_what_is_not_theirs) {
  machine.files.put("home/.bashrc", "x");
  EXPECT_THAT(refusal({"cas", "home", {}}),
              AllOf(HasSubstr("'home' holds '.bashrc'"), HasSubstr("nothing was written")));
  machine.files.put("app/Chart.yaml", "name: app\n");
  EXPECT_THAT(refusal({"cas", "app", {}}), HasSubstr("holds 'Chart.yaml'"));
  write_platform_chart(machine.system, {"las", "las", {}});
  EXPECT_THAT(refusal({"cas", "las", {}}), HasSubstr("not of the chart 'cas'"));
  write_platform_chart(machine.system, {"cas", "cas", {}});
  machine.files.put("cas/my-values.yaml", "image: x\n");
  EXPECT_THAT(refusal({"cas", "cas", {}}), HasSubstr("holds 'my-values.yaml'"));
  machine.files.put("a-file", "x");
  EXPECT_THAT(refusal({"cas", "a-file", {}}), HasSubstr("is no directory"));
  EXPECT_EQ(kind, diag::ErrorKind::invalid);
  machine.files.make_directories("empty", 0755);
  EXPECT_EQ(refusal({"cas", "empty", {}}), "");
}

}  // namespace
}  // namespace sconectl::action
