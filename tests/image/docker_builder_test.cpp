#include "sconectl/image/docker_builder.hpp"

#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/image/engine.hpp"
#include "support/map_environment.hpp"
#include "support/memory_files.hpp"
#include "support/scripted_processes.hpp"

namespace sconectl::image {
namespace {

using Kind = DockerBuilder::Kind;

constexpr const char* note = "/home/user/.cache/sconectl/docker-builder";
constexpr const char* configuration = "/home/user/.docker/config.json";

/// A machine with docker; each run of our program on it is a builder of its own.
class NotedBuilder : public testing::Test {
 protected:
  NotedBuilder() {
    files_.put("/usr/bin/docker", "docker 20.10", 0755);
    answers(125, 0);
  }

  /// How help ends with `--load`, and without.
  void answers(int load, int plain) {
    processes_.always({"docker", "build", "--load", "--help"}, {load, 0, "", ""});
    processes_.always({"docker", "build", "--help"}, {plain, 0, "", ""});
  }

  Kind kind_in_a_new_run() {
    DockerBuilder builder;
    builder.note(files_, environment_, note);
    return builder.kind(processes_);
  }

  /// Whether a new run asks docker.
  bool asks() {
    const std::size_t before = processes_.ran().size();
    (void)kind_in_a_new_run();
    return processes_.ran().size() != before;
  }

  test::ScriptedProcesses processes_;
  test::MemoryFiles files_;
  test::MapEnvironment environment_;
};

TEST_F(NotedBuilder, the_answer_is_known_in_later_runs) {
  struct Case {
    int load, plain;
    Kind kind;
  };
  for (const Case& answer :
       {Case{0, 0, Kind::buildx}, Case{125, 0, Kind::build_kit}, Case{1, 1, Kind::classic}}) {
    files_.remove_tree(note);
    answers(answer.load, answer.plain);
    EXPECT_EQ(kind_in_a_new_run(), answer.kind);
    EXPECT_FALSE(asks());
    EXPECT_EQ(kind_in_a_new_run(), answer.kind);
  }
}

TEST_F(NotedBuilder, another_docker_configuration_or_plugin_is_asked) {
  environment_.variables["DOCKER_CONFIG"] = "/etc/my-docker";
  EXPECT_TRUE(asks());
  for (const char* changed :
       {"/usr/bin/docker", "/etc/my-docker/config.json", "/etc/my-docker/cli-plugins/docker-buildx",
        "/usr/local/lib/docker/cli-plugins/docker-buildx",
        "/usr/local/libexec/docker/cli-plugins/docker-buildx",
        "/usr/lib/docker/cli-plugins/docker-buildx",
        "/usr/libexec/docker/cli-plugins/docker-buildx"}) {
    EXPECT_FALSE(asks()) << changed;
    files_.put(changed, "another one, of another length");
    EXPECT_TRUE(asks()) << changed;
    EXPECT_FALSE(asks()) << changed;
  }
  files_.remove_tree("/usr/libexec/docker/cli-plugins/docker-buildx");
  EXPECT_TRUE(asks());
  environment_.variables["DOCKER_CONFIG"] = "/etc/other-docker";
  EXPECT_TRUE(asks());
}

TEST_F(NotedBuilder, docker_is_asked_each_time_where_plugins_may_be_anywhere) {
  files_.put(configuration, R"({"cliPluginsExtraDirs": ["/opt/plugins"]})");
  EXPECT_TRUE(asks());
  EXPECT_TRUE(asks());
  EXPECT_FALSE(files_.exists(note));
}

TEST_F(NotedBuilder, docker_is_asked_each_time_where_its_program_is_no_file) {
  files_.remove_tree("/usr/bin/docker");
  EXPECT_TRUE(asks());
  EXPECT_TRUE(asks());
  EXPECT_FALSE(files_.exists(note));
}

TEST_F(NotedBuilder, a_damaged_note_is_as_good_as_none) {
  (void)asks();
  const std::string good = files_.read(note, 10000);
  for (const std::string& bad : {std::string(), good.substr(0, good.size() - 1), good + "more\n",
                                 "podman" + good, std::string(200'000, 'x')}) {
    files_.put(note, bad);
    EXPECT_TRUE(asks()) << bad.substr(0, 100);
    EXPECT_EQ(files_.read(note, 10000), good);
  }
}

TEST_F(NotedBuilder, a_full_disk_costs_the_note_alone) {
  files_.fill_disk();
  EXPECT_EQ(kind_in_a_new_run(), Kind::build_kit);
  EXPECT_TRUE(asks());
}

TEST_F(NotedBuilder, a_build_that_failed_makes_the_next_one_ask) {
  const auto builder = std::make_shared<DockerBuilder>();
  builder->note(files_, environment_, note);
  processes_.always({"docker", "build", "--tag"}, {1, 0, "", "unknown flag: --load"});
  processes_.always({"docker", "version"}, {0, 0, "20.10.24\n", ""});
  Engine engine(processes_, files_, "docker");
  engine.share_builder(builder);
  EXPECT_EQ(builder->kind(processes_), Kind::build_kit);
  EXPECT_TRUE(files_.exists(note));
  answers(0, 0);
  EXPECT_THROW(engine.build("t", "r:1"), diag::Error);
  EXPECT_FALSE(files_.exists(note));
  EXPECT_EQ(builder->kind(processes_), Kind::buildx);
}

}  // namespace
}  // namespace sconectl::image
