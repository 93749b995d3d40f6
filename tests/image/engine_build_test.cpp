// What podman and buildah are told to build, and where times and registries need words of their
// own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "image/dockerfile_text.hpp"
#include "image/registry.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/image/engine.hpp"
#include "sconectl/oci/name.hpp"
#include "sconectl/oci/saved_image.hpp"
#include "sconectl/oci/tar.hpp"
#include "support/matchers.hpp"
#include "support/memory_files.hpp"
#include "support/scripted_processes.hpp"

namespace sconectl::image {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string any_id = std::string(64, 'c');

/// An engine that has one base, and builds, pushes and saves whatever it is told to.
class Building : public testing::Test {
 protected:
  explicit Building(const std::string& engine) : name_(engine) {
    processes.always({engine, "build", "--load"}, {1, 0, "", "unknown flag"});
    for (const char* word : {"build", "bud", "push", "pull", "save", "version", "info"})
      processes.always({engine, word}, {0, 0, "", ""});
    for (const char* word : {"image", "inspect"})
      processes.always({engine, word}, {0, 0, any_id + "\n", ""});
  }

  void build(const BuildConfiguration& configuration) {
    Engine(processes, files, name_).build("t", "r:1", {}, configuration);
  }

  static BuildConfiguration at(std::uint64_t time) {
    BuildConfiguration result;
    result.time = time;
    return result;
  }

  /// The words of the command that has this one and asks for no help, and its environment.
  [[nodiscard]] host::Command command(const std::string& word) const {
    for (const host::Command& ran : processes.ran())
      if (ran.argv.size() > 1 && ran.argv[1] == word && ran.argv.back() != "--help") return ran;
    ADD_FAILURE() << "nobody ran " << word;
    return {};
  }

  test::ScriptedProcesses processes;
  test::MemoryFiles files;

 private:
  std::string name_;
};

class BuildingWithDocker : public Building {
 protected:
  BuildingWithDocker() : Building("docker") {}
};
class BuildingWithPodman : public Building {
 protected:
  BuildingWithPodman() : Building("podman") {}
};
class BuildingWithBuildah : public Building {
 protected:
  BuildingWithBuildah() : Building("buildah") {}
};

TEST_F(BuildingWithPodman, sets_the_time_of_image_and_layers_and_takes_no_older_layer) {
  build(at(1'700'000'000));
  const host::Command built = command("build");
  EXPECT_THAT(built.argv, ElementsAre("podman", "build", "--tag", "r:1", "--file", "t/Dockerfile",
                                      "--timestamp", "1700000000", "--no-cache", "t/context"));
  // Newer ones read the variable, and refuse to be told twice.
  EXPECT_EQ(built.environment.at("SOURCE_DATE_EPOCH"), "");
}

TEST_F(BuildingWithPodman, is_told_once_to_take_nothing_of_before) {
  BuildConfiguration configuration = at(0);
  configuration.fresh = true;
  build(configuration);
  EXPECT_THAT(command("build").argv,
              ElementsAre("podman", "build", "--tag", "r:1", "--file", "t/Dockerfile",
                          "--timestamp", "0", "--no-cache", "t/context"));
}

TEST_F(BuildingWithPodman, without_a_time_takes_what_it_has) {
  build({});
  EXPECT_THAT(command("build").argv, ElementsAre("podman", "build", "--tag", "r:1", "--file",
                                                 "t/Dockerfile", "t/context"));
}

TEST_F(BuildingWithBuildah, sets_the_time_in_its_own_words) {
  build(at(7));
  EXPECT_THAT(command("bud").argv,
              ElementsAre("buildah", "bud", "--tag", "r:1", "--file", "t/Dockerfile", "--timestamp",
                          "7", "--no-cache", "t/context"));
}

/// A docker that saves an image with two layers, the first of which is that of its base.
class RetimedByDocker : public BuildingWithDocker {
 protected:
  RetimedByDocker() {
    files.put("t/Dockerfile", "FROM tools AS building\nFROM base:1\n");
    processes.always({"docker", "load"}, {0, 0, "", ""});
    processes.always(
        {"docker", "image", "inspect", "--format", "{{json .RootFS.Layers}}"},
        {0, 0, nlohmann::json::array({oci::digest_of(layer("base"))}).dump() + "\n", ""});
    processes.on_run = [this](const host::Command& command) {
      if (command.argv[1] == "save") files.put(command.argv[3], saved());
      if (command.argv[1] == "load") loaded = files.read(command.argv[4], files.no_limit);
    };
  }
  static void add(oci::TarWriter& archive, const std::string& path, const std::string& text) {
    archive.add({oci::TarKind::file, path, "", 0644, 0, 0, text.size()},
                [&](const host::Sink& take) { take(text); });
  }
  static std::string layer(const std::string& path) {
    std::string bytes;
    oci::TarWriter archive([&](std::string_view part) { bytes += part; }, 1'700'000'000);
    add(archive, path, path);
    archive.finish();
    return bytes;
  }
  static std::string saved() {
    std::string bytes;
    oci::TarWriter archive([&](std::string_view part) { bytes += part; }, 1);
    nlohmann::json ids = nlohmann::json::array();
    for (const char* path : {"base", "app"}) {
      add(archive, path, layer(path));
      ids.push_back(oci::digest_of(layer(path)));
    }
    add(archive, "c.json", nlohmann::json{{"os", "linux"}, {"rootfs", {{"diff_ids", ids}}}}.dump());
    add(archive, "manifest.json",
        R"([{"Config":"c.json","RepoTags":["r:1"],"Layers":["base","app"]}])");
    archive.finish();
    return bytes;
  }

  std::string loaded;
};

TEST_F(RetimedByDocker, loads_the_image_again_with_the_time_that_its_builder_did_not_set) {
  build(at(7));
  EXPECT_THAT(command("build").argv, ElementsAre("docker", "build", "--tag", "r:1", "--file",
                                                 "t/Dockerfile", "t/context"));
  files.put("loaded.tar", loaded);
  const oci::SavedImage image(files, "loaded.tar");
  const auto config = nlohmann::json::parse(image.image().config);
  EXPECT_EQ(config["created"], "1970-01-01T00:00:07Z");
  EXPECT_EQ(config["rootfs"]["diff_ids"][0], oci::digest_of(layer("base")));
  EXPECT_NE(config["rootfs"]["diff_ids"][1], oci::digest_of(layer("app")));
  EXPECT_THAT(loaded, testing::HasSubstr("\"docker.io/library/r:1\""));
  // Nothing is left beside the Dockerfile, nor of one that was killed.
  EXPECT_THAT(files.list("t"), ElementsAre("Dockerfile"));
  files.put("t/.retimed-killed/built.tar", "x");
  build(at(7));
  EXPECT_THAT(files.list("t"), ElementsAre("Dockerfile"));
}

TEST_F(RetimedByDocker, has_nothing_to_load_without_a_time) {
  build({});
  EXPECT_EQ(loaded, "");
}

TEST_F(RetimedByDocker, whose_base_is_another_by_now_is_refused) {
  processes.always({"docker", "image", "inspect", "--format", "{{json .RootFS.Layers}}"},
                   {0, 0, nlohmann::json::array({oci::digest_of("x")}).dump(), ""});
  try {
    build(at(7));
    FAIL() << "accepted";
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::failed);
    EXPECT_THAT(error.text(), testing::HasSubstr("'base:1'"));
  }
  EXPECT_EQ(loaded, "");
  EXPECT_THAT(files.list("t"), ElementsAre("Dockerfile"));
}

TEST_F(BuildingWithPodman, trusts_registries_of_this_machine_and_no_others) {
  Engine engine(processes, files, "podman");
  (void)engine.push("127.0.0.1:5000/a:1");
  (void)engine.push("localhost:5000/a:1");
  engine.pull("[::1]:5000/a:1");
  (void)engine.push("registry.example/a:1");
  engine.pull("127.0.0.1.example:5000/a:1");
  std::vector<std::string> commands;
  for (const host::Command& ran : processes.ran()) {
    std::string line;
    for (const std::string& word : ran.argv) line += line.empty() ? word : " " + word;
    commands.push_back(line);
  }
  EXPECT_THAT(commands, ElementsAre("podman push --tls-verify=false 127.0.0.1:5000/a:1",
                                    "podman push --tls-verify=false localhost:5000/a:1",
                                    "podman pull --tls-verify=false [::1]:5000/a:1",
                                    "podman push registry.example/a:1",
                                    "podman pull 127.0.0.1.example:5000/a:1"));
}

TEST_F(BuildingWithDocker, trusts_them_by_itself) {
  (void)Engine(processes, files, "docker").push("127.0.0.1:5000/a:1");
  EXPECT_THAT(command("push").argv, ElementsAre("docker", "push", "127.0.0.1:5000/a:1"));
}

/// A build takes no trust for one of several registries: what lies here is brought before.
TEST(BuildingOnLoopback, brings_the_base_that_is_not_there_and_no_other) {
  test::ScriptedProcesses processes;
  test::MemoryFiles files;
  files.put("t/Dockerfile",
            "# FROM 127.0.0.1:5000/comment:1\nFROM 127.0.0.1:5000/base:1 AS before\n"
            "FROM registry.example/jdk:17 AS compiling\nFROM 127.0.0.1:5000/base:1 AS application\n"
            "FROM application\n");
  const std::vector<std::string> question = {"podman", "image", "inspect", "--format",
                                             "{{.Id}}{{range .RepoDigests}} {{.}}{{end}}"};
  auto of_base = question;
  of_base.emplace_back("127.0.0.1:5000/base:1");
  auto of_result = question;
  of_result.emplace_back("r:1");
  processes.expect(of_base, {125, 0, "", "no such image"});
  processes.expect({"podman", "info"}, {0, 0, "", ""});
  processes.expect({"podman", "pull", "--tls-verify=false", "127.0.0.1:5000/base:1"},
                   {0, 0, "", ""});
  processes.expect({"podman", "build", "--tag", "r:1", "--file", "t/Dockerfile", "t/context"},
                   {0, 0, "", ""});
  processes.expect(of_result, {0, 0, any_id + "\n", ""});
  Engine(processes, files, "podman").build("t", "r:1");
  EXPECT_TRUE(processes.finished());
}

TEST_F(BuildingWithPodman, asks_for_no_base_that_comes_from_elsewhere) {
  files.put("t/Dockerfile", "FROM python:3-slim\n");
  build({});
  std::string words;
  for (const host::Command& ran : processes.ran())
    for (const std::string& word : ran.argv) words += word + " ";
  EXPECT_THAT(words, test::HasButNot("podman build --tag r:1", "python:3-slim"));
}

TEST(Bases, are_images_and_no_stages) {
  EXPECT_THAT(base_images("FROM a AS b\nFROM b AS c\nCOPY --from=b x y\nFROM d\nFROM a\n"),
              ElementsAre("a", "d"));
  EXPECT_THAT(base_images("RUN echo FROM x\n#FROM y\n"), IsEmpty());
  EXPECT_EQ(base_of_result("FROM a AS b\nFROM c AS d\nFROM b AS e\nFROM e\n"), "a");
  EXPECT_EQ(base_of_result("FROM a AS b\nFROM scratch\n"), "scratch");
  EXPECT_EQ(base_of_result("#FROM y\n"), "");
}

TEST(Loopback, is_told_by_the_host_and_not_by_how_the_name_begins) {
  EXPECT_TRUE(is_on_loopback("127.0.0.1:5000/a"));
  EXPECT_TRUE(is_on_loopback("localhost/a"));
  EXPECT_FALSE(is_on_loopback("127.0.0.1.example/a"));
  EXPECT_FALSE(is_on_loopback("127.0.0.1:99999/a"));
  EXPECT_FALSE(is_on_loopback("python:3"));
  EXPECT_FALSE(is_on_loopback("library/localhost:1"));
}

TEST_F(BuildingWithBuildah, saves_as_the_others_do) {
  Engine(processes, files, "buildah").save("r:1", "dir/image.tar");
  EXPECT_THAT(command("push").argv,
              ElementsAre("buildah", "push", "r:1", "docker-archive:dir/image.tar"));
}

TEST_F(BuildingWithPodman, saves_what_is_no_option) {
  Engine engine(processes, files, "podman");
  engine.save("r:1", "dir/image.tar");
  EXPECT_THAT(command("save").argv,
              ElementsAre("podman", "save", "--output", "dir/image.tar", "r:1"));
  EXPECT_THROW(engine.save("--all", "x"), diag::Error);
}

}  // namespace
}  // namespace sconectl::image
