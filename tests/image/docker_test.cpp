// The engine against a real Docker daemon, on an image made from nothing. Skipped without one.
#include <gtest/gtest.h>

#include "image/planning.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/environment.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/host/processes.hpp"
#include "sconectl/image/engine.hpp"
#include "support/real_tool.hpp"

namespace sconectl::image {
namespace {

namespace fs = std::filesystem;

class RealDocker : public testing::Test {
 protected:
  void SetUp() override {
    if (test::run_tool({"docker", "info"}).status != 0) GTEST_SKIP() << "no Docker daemon";
    files->write(scratch.path() + "/bottom", "x", 0644);
    const std::string archive = scratch.path() + "/base.tar";
    ASSERT_EQ(test::run_tool({"tar", "-C", scratch.path(), "-cf", archive, "bottom"}).status, 0);
    ASSERT_EQ(test::run_tool({"docker", "import", archive, base}).status, 0);
  }
  void TearDown() override {
    for (const std::string& name : {image, base})
      (void)test::run_tool({"docker", "rmi", "-f", name});
  }

  /// A plan that needs no program in the base image: files only.
  BuildPlan plan_of(const std::string& copy) {
    const std::string text =
        "apiVersion: scone/5.8\nkind: genservice\nbuild:\n  name: web\n  kind: sconify_image\n"
        "  from: " +
        base + "\n  to: " + image + "\n  command: /bottom\n  pwd: '/my app'\n  copy: " + copy +
        "\n  integrity: off\n";
    PlanOptions options = native();
    options.directory = scratch.path();
    options.launcher = scratch.path() + "/bottom";
    const Planned result = planned(text, survey(service(text), *files, scratch.path()), options);
    EXPECT_EQ(result.errors + result.warnings, "");
    return result.plan;
  }

  const test::Scratch scratch;
  std::unique_ptr<host::Files> files = host::system_files();
  std::unique_ptr<host::Processes> processes = host::system_processes();
  const std::string base = "sconectl-test/base:" + fs::path(scratch.path()).filename().string();
  const std::string image = "sconectl-test/web:" + fs::path(scratch.path()).filename().string();
};

TEST_F(RealDocker, builds_an_image_and_reads_its_facts_back) {
  const std::string odd = "odd $(touch x) '\" \\.txt";
  (void)scratch.file(odd, "odd");
  const BuildPlan plan = plan_of(
      "['"
      "odd $(touch x) ''\" \\.txt"
      "']");
  const fs::path directory = fs::path(scratch.path()) / "target/images/web";
  write(plan, *files, directory);
  Engine engine(*processes, *files, "docker", scratch.path() + "/cache");
  std::string shown;
  const ImageIdentity built =
      engine.build(directory, image, [&](std::string_view line) { shown += line; });
  EXPECT_EQ(built.id.substr(0, 7), "sha256:");
  EXPECT_NE(shown.find("COPY"), std::string::npos) << shown;

  const Facts facts = engine.facts({image}).at(image);
  EXPECT_TRUE(facts.own);
  EXPECT_EQ(facts.chart, plan.facts.chart);
  EXPECT_EQ(facts.image_id, built.id);
  EXPECT_EQ(scone_folder(facts), scone_folder(plan.facts));

  const auto inspected =
      test::run_tool({"docker", "inspect", "--format",
                      "{{json .Config.Entrypoint}} {{.Config.WorkingDir}}", image});
  EXPECT_EQ(inspected.out, "[\"/opt/sconectl/sconectl\",\"run\",\"--\",\"/bottom\"] /my app\n");
  const auto made = test::run_tool({"docker", "create", image});
  const std::string container = made.out.substr(0, made.out.find('\n'));
  const auto listed = test::run_tool({"docker", "export", container});
  EXPECT_NE(listed.out.find("my app/" + odd), std::string::npos);
  (void)test::run_tool({"docker", "rm", container});

  // The second time nothing but the cache is asked.
  EXPECT_EQ(engine.build(directory, image).id, built.id);
  EXPECT_EQ(scone_folder(engine.facts({image}).at(image)), scone_folder(facts));
}

/// The same questions to the program and to the daemon's API.
class AskedBothWays : public RealDocker, public testing::WithParamInterface<bool> {};

INSTANTIATE_TEST_SUITE_P(RealDocker, AskedBothWays, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Api" : "Program"; });

TEST_P(AskedBothWays, missing_images_and_images_without_the_folder) {
  const auto environment = host::system_environment();
  const auto http = host::system_http();
  Engine engine(*processes, *files, "docker");
  if (GetParam()) engine.ask_daemon(*environment, *http);
  EXPECT_EQ(engine.find({base, "sconectl-test/none:1"}).size(), 1U);
  try {
    (void)engine.facts({base, "sconectl-test/none:1", "sconectl-test/none:2"});
    FAIL();
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable);
    EXPECT_EQ(error.causes().size(), 2U);
  }
  try {
    (void)engine.facts({base});
    FAIL();
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::invalid) << error.text();
  }
}

TEST_F(RealDocker, a_failing_build_says_why) {
  const fs::path directory = fs::path(scratch.path()) / "target/images/web";
  BuildPlan plan = plan_of("[bottom]");
  plan.dockerfile += "COPY [\"nothing-here\", \"/\"]\n";
  write(plan, *files, directory);
  Engine engine(*processes, *files, "docker");
  try {
    (void)engine.build(directory, image);
    FAIL();
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::failed);
    EXPECT_NE(error.text().find("nothing-here"), std::string::npos) << error.text();
  }
}

TEST_F(RealDocker, a_link_in_the_folder_is_not_followed) {
  const fs::path directory = fs::path(scratch.path()) / "evil";
  fs::create_directories(directory / "context/scone");
  fs::create_symlink("/etc/passwd", directory / "context/scone/env.yaml");
  files->write(directory / "Dockerfile", "FROM " + base + "\nCOPY [\"scone/\", \"/scone/\"]\n");
  Engine engine(*processes, *files, "docker");
  (void)engine.build(directory, image);
  try {
    (void)engine.facts({image});
    FAIL();
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
    ASSERT_FALSE(error.causes().empty());
    EXPECT_NE(error.causes()[0].find("is a link"), std::string::npos);
  }
}

}  // namespace
}  // namespace sconectl::image
