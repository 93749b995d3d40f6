#include "sconectl/image/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "image/engine_failure.hpp"
#include "image/folder_cache.hpp"
#include "image/planning.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"
#include "support/map_environment.hpp"
#include "support/memory_files.hpp"
#include "support/scripted_processes.hpp"

namespace sconectl::image {
namespace {

const std::string id = "sha256:" + std::string(64, 'a');
const std::string format = "{{.Id}}{{range .RepoDigests}} {{.}}{{end}}";

host::Exit answer(int status, std::string out, std::string err = "") {
  return {status, 0, std::move(out), std::move(err)};
}

const std::vector<std::string> is_docker_there = {"docker", "version", "--format",
                                                  "{{.Server.Version}}"};

std::vector<std::string> inspect_command(const std::vector<std::string>& references) {
  std::vector<std::string> argv = {"docker", "image", "inspect", "--format", format};
  argv.insert(argv.end(), references.begin(), references.end());
  return argv;
}

struct NoNetwork final : host::Http {
  using host::Http::send;
  host::HttpResponse send(const host::HttpRequest& /*request*/, const host::Tls& /*tls*/) override {
    throw diag::Error(diag::ErrorKind::unavailable, "no network");
  }
};

diag::Error error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const diag::Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return {diag::ErrorKind::failed, ""};
}

TEST(EngineChoice, named_first_found_and_none) {
  test::ScriptedProcesses processes;
  test::MemoryFiles files;
  EXPECT_EQ(Engine(processes, files, std::nullopt).name(), "docker");
  EXPECT_EQ(Engine(processes, files, "buildah").name(), "buildah");
  processes.remove_program("docker");
  EXPECT_EQ(Engine(processes, files, std::nullopt).name(), "podman");
  EXPECT_EQ(error_of([&] { Engine(processes, files, "docker"); }).kind(),
            diag::ErrorKind::unavailable);
  const diag::Error typo = error_of([&] { Engine(processes, files, "pdoman"); });
  EXPECT_EQ(typo.kind(), diag::ErrorKind::usage);
  EXPECT_NE(typo.text().find("did you mean 'podman'?"), std::string::npos);
  processes.remove_program("podman");
  processes.remove_program("buildah");
  const diag::Error none = error_of([&] { Engine(processes, files, std::nullopt); });
  EXPECT_EQ(none.kind(), diag::ErrorKind::unavailable);
  EXPECT_NE(none.text().find("no container engine is installed"), std::string::npos);
}

TEST(Engine, builds_with_an_argument_vector) {
  test::ScriptedProcesses processes;
  test::MemoryFiles files;
  processes.always({"docker", "build", "--load", "--help"}, answer(125, "", "unknown flag"));
  processes.always({"docker", "build", "--help"}, answer(1, "", "buildx is missing"));
  processes.expect(
      {"docker", "build", "--tag", "r/a b$(x):1", "--file", "t/web/Dockerfile", "t/web/context"},
      answer(0, "ok"));
  processes.expect(inspect_command({"r/a b$(x):1"}), answer(0, id + "\n"));
  Engine engine(processes, files, "docker");
  EXPECT_EQ(engine.build("t/web", "r/a b$(x):1").id, id);
  EXPECT_TRUE(processes.finished());
}

/// The command by which a docker builds whose help ends so for `--load`, and without it.
host::Command build_of(int load, int plain, const std::string& build_kit_of_the_caller = {}) {
  test::ScriptedProcesses processes;
  test::MemoryFiles files;
  test::MapEnvironment environment;
  environment.variables["DOCKER_BUILDKIT"] = build_kit_of_the_caller;
  NoNetwork network;
  processes.always({"docker", "build", "--load"}, answer(load, ""));
  processes.always({"docker", "build", "--help"}, answer(plain, ""));
  processes.always({"docker", "build", "--tag"}, answer(0, ""));
  processes.always({"docker", "image"}, answer(0, id + "\n"));
  Engine engine(processes, files, "docker");
  engine.ask_daemon(environment, network);
  engine.build("t", "r:1");
  const auto found = std::find_if(processes.ran().begin(), processes.ran().end(),
                                  [](const host::Command& command) {
                                    return command.argv[1] == "build" && command.argv[2] == "--tag";
                                  });
  return *found;
}

std::string build_kit_of(const host::Command& build) {
  return build.environment.at("DOCKER_BUILDKIT");
}

const std::vector<std::string> without_load = {"docker", "build",        "--tag",    "r:1",
                                               "--file", "t/Dockerfile", "t/context"};

TEST(Engine, a_builder_of_buildx_is_told_to_give_the_daemon_what_it_has_built) {
  const auto build = build_of(0, 0);
  EXPECT_THAT(build.argv, testing::Contains("--load"));
  EXPECT_EQ(build_kit_of(build), "1");
}

TEST(Engine, a_docker_that_knows_build_kit_without_buildx_builds_with_it) {
  const auto build = build_of(125, 0);  // 20.10, whether the plugin is there or not
  EXPECT_EQ(build.argv, without_load);
  EXPECT_EQ(build_kit_of(build), "1");
}

TEST(Engine, a_docker_without_build_kit_has_the_classic_builder) {
  const auto build = build_of(1, 1);
  EXPECT_EQ(build.argv, without_load);
  EXPECT_EQ(build_kit_of(build), "0");
}

TEST(Engine, whoever_refuses_build_kit_gets_the_classic_builder) {
  for (const char* refusal : {"0", "false", "False", "f"}) {
    const auto build = build_of(0, 0, refusal);
    EXPECT_EQ(build.argv, without_load) << refusal;
    EXPECT_EQ(build_kit_of(build), "0") << refusal;
  }
  EXPECT_EQ(build_kit_of(build_of(125, 0, "1")), "1");
  EXPECT_EQ(build_kit_of(build_of(1, 1, "1")), "0");
}

TEST(Engine, those_that_share_a_builder_ask_for_it_once) {
  test::ScriptedProcesses processes;
  test::MemoryFiles files;
  processes.always({"docker", "build"}, answer(0, ""));
  processes.always({"docker", "image"}, answer(0, id + "\n"));
  const auto builder = std::make_shared<DockerBuilder>();
  for (int i = 0; i < 3; ++i) {
    Engine engine(processes, files, "docker");
    engine.share_builder(builder);
    engine.build("t", "r:1");
  }
  const auto questions =
      std::count_if(processes.ran().begin(), processes.ran().end(),
                    [](const host::Command& command) { return command.argv.back() == "--help"; });
  EXPECT_EQ(questions, 2);
}

TEST(Engine, a_reference_never_becomes_an_option) {
  test::ScriptedProcesses processes;
  test::MemoryFiles files;
  Engine engine(processes, files, "docker");
  for (const char* reference : {"--privileged", "-v", ""}) {
    EXPECT_THROW((void)engine.push(reference), diag::Error);
    EXPECT_THROW(engine.pull(reference), diag::Error);
    EXPECT_THROW(engine.tag("a", reference), diag::Error);
    EXPECT_THROW((void)engine.find({reference}), diag::Error);
  }
  EXPECT_TRUE(processes.ran().empty());
}

TEST(Engine, many_images_are_looked_at_in_one_call) {
  test::ScriptedProcesses processes;
  test::MemoryFiles files;
  const std::string other = "sha256:" + std::string(64, 'b');
  processes.expect(inspect_command({"localhost:5000/a:1", "b"}),
                   answer(0, id + " x@sha256:1 localhost:5000/a@sha256:2\n" + other + "\n"));
  const auto found = Engine(processes, files, "docker").inspect({"localhost:5000/a:1", "b"});
  EXPECT_EQ(found.at("localhost:5000/a:1").id, id);
  EXPECT_EQ(found.at("localhost:5000/a:1").digest, "localhost:5000/a@sha256:2");
  EXPECT_EQ(found.at("b").id, other);
  EXPECT_EQ(found.at("b").digest, "");
}

TEST(Engine, missing_images_are_all_named) {
  test::ScriptedProcesses processes;
  test::MemoryFiles files;
  const host::Exit missing = answer(1, "", "Error: No such image: x\n");
  processes.expect(inspect_command({"a", "b", "c"}), answer(1, id + "\n", "No such image: b"));
  processes.expect(is_docker_there, answer(0, "20.10.24\n"));
  processes.expect(inspect_command({"a"}), answer(0, id + "\n"));
  processes.expect(inspect_command({"b", "c"}), missing);
  processes.expect(inspect_command({"b"}), missing);
  processes.expect(inspect_command({"c"}), missing);
  const diag::Error error = error_of([&] {
    Engine(processes, files, "docker").inspect({"a", "b", "c"});
  });
  EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable);
  EXPECT_EQ(error.causes(), (std::vector<std::string>{"b", "c"}));
  EXPECT_TRUE(processes.finished());
}

/// The error for a build that fails with these words.
diag::Error failure_of_build(const std::string& out, const std::string& err) {
  test::ScriptedProcesses processes;
  test::MemoryFiles files;
  processes.always(is_docker_there, answer(0, "27.3.1\n"));
  processes.always({"docker", "build"}, answer(1, out, err));
  return error_of([&] { Engine(processes, files, "docker").build("t", "r:1"); });
}

TEST(Engine, a_failed_build_shows_the_engines_own_message) {
  const diag::Error error = failure_of_build(
      "Step 1\n", "warning\nERROR: The command '/bin/sh -c false' returned a non-zero code: 1\n\n");
  EXPECT_EQ(error.kind(), diag::ErrorKind::failed);
  EXPECT_EQ(
      error.text(),
      "docker could not build image 'r:1': The command '/bin/sh -c false' returned a non-zero "
      "code: 1");
}

TEST(Engine, what_build_kit_says_twice_is_told_once_and_without_its_numbers) {
  const diag::Error error = failure_of_build(
      "",
      "#8 [2/2] RUN mvn\n#8 1.782 [ERROR] no POM\n#8 12.78 \n#8 ERROR: exit code: 1\n------\n"
      " > [2/2] RUN mvn:\n1.782 [ERROR] no POM\n------\nERROR: failed to solve\n");
  EXPECT_EQ(error.causes(),
            (std::vector<std::string>{"[2/2] RUN mvn", "[ERROR] no POM", "ERROR: exit code: 1",
                                      "------", " > [2/2] RUN mvn:"}));
}

TEST(Engine, only_numbers_of_build_kit_are_no_words) {
  for (const char* line :
       {"1.5 GB are free", "#define 1", "#12", "12345 1.782", "1.78", "", "#", "."})
    EXPECT_EQ(without_step(line), line);
  EXPECT_EQ(without_step("#8 1.5 GB are free"), "1.5 GB are free");
  EXPECT_EQ(without_step("#8 120.3  two"), " two");
  EXPECT_EQ(without_step("0.123 word"), "word");
}

TEST(Engine, a_failure_without_words_tells_the_status) {
  const diag::Error error = engine_failure(diag::ErrorKind::failed, "docker", "push image 'r'",
                                           {1, 0, "", ""}, {"Step 1"});
  EXPECT_EQ(error.text(), "docker could not push image 'r': it ended with status 1");
  EXPECT_EQ(error.causes(), (std::vector<std::string>{"Step 1"}));
}

TEST(Engine, hints_depend_on_words) {
  const diag::Error forbidden = engine_silent(
      "docker", {1, 0, "", "permission denied while trying to connect to the daemon"});
  EXPECT_NE(forbidden.text().find("usermod"), std::string::npos);
  const diag::Error down = engine_silent("docker", {1, 0, "", "Cannot connect. Is it running?"});
  EXPECT_NE(down.text().find("systemctl start docker"), std::string::npos);
  EXPECT_EQ(down.causes(), (std::vector<std::string>{"Cannot connect. Is it running?"}));
}

TEST(Engine, push_returns_the_digest_that_the_engine_then_knows) {
  test::ScriptedProcesses processes;
  test::MemoryFiles files;
  processes.expect({"docker", "push", "reg:5000/r:1"},
                   answer(0, "1: digest: sha256:words size: 5"));
  processes.expect(inspect_command({"reg:5000/r:1"}), answer(0, id + " reg:5000/r@sha256:abc\n"));
  EXPECT_EQ(Engine(processes, files, "docker").push("reg:5000/r:1"), "sha256:abc");
  processes.expect({"docker", "push", "r:1"}, answer(0, ""));
  processes.expect(inspect_command({"r:1"}), answer(0, id + "\n"));
  EXPECT_EQ(Engine(processes, files, "docker").push("r:1"), "");
  EXPECT_TRUE(processes.finished());
}

TEST(FolderCache, keeps_bytes_privately_and_forgives_damage) {
  test::MemoryFiles files;
  FolderCache cache(files, "/cache");
  const SconeFolder folder = {{"a/b c", std::string("x\0y\n", 4)}, {"empty", ""}};
  EXPECT_FALSE(cache.find(id));
  cache.keep(id, folder);
  EXPECT_EQ(cache.find(id), folder);
  const std::string path = "/cache/" + std::string(64, 'a');
  EXPECT_EQ(files.all().at(path).mode, 0600U);
  const std::string whole = files.all().at(path).bytes;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    files.put(path, whole.substr(0, length));
    EXPECT_NE(cache.find(id), folder) << length;
  }
  files.fill_disk();
  EXPECT_NO_THROW(cache.keep("sha256:" + std::string(64, 'b'), folder));
}

TEST(FolderCache, only_image_ids_become_file_names) {
  test::MemoryFiles files;
  FolderCache cache(files, "/cache");
  for (const char* odd :
       {"", "sha256:", "../../etc/passwd", "sha256:../../../../x/y/z/etc/passwd12345"}) {
    cache.keep(odd, {{"a", "b"}});
    EXPECT_FALSE(cache.find(odd));
  }
  EXPECT_TRUE(files.all().empty());
  FolderCache none(files, "");
  none.keep(id, {{"a", "b"}});
  EXPECT_FALSE(none.find(id));
}

TEST(EngineFacts, a_cached_folder_needs_no_container) {
  test::ScriptedProcesses processes;
  test::MemoryFiles files;
  const Facts made = planned(manifest_with("")).plan.facts;
  FolderCache(files, "/cache").keep(id, scone_folder(made));
  processes.expect(inspect_command({"r/web:1"}), answer(0, id + " r/web@sha256:9\n"));
  const auto facts = Engine(processes, files, "docker", "/cache").facts({"r/web:1", "r/web:1"});
  EXPECT_EQ(facts.at("r/web:1").name, "web");
  EXPECT_EQ(facts.at("r/web:1").image_id, id);
  EXPECT_EQ(facts.at("r/web:1").digest, "r/web@sha256:9");
  EXPECT_TRUE(processes.finished());
}

TEST(EngineFacts, an_image_without_the_folder_is_refused_and_the_container_removed) {
  test::ScriptedProcesses processes;
  test::MemoryFiles files;
  processes.expect(inspect_command({"r:1"}), answer(0, id + "\n"));
  processes.expect({"docker", "create", "--pull", "never", "--network", "none", "r:1", "/scone"},
                   answer(0, "c0ffee\n", "WARNING: platform\n"));
  processes.expect({"docker", "cp", "c0ffee:/scone", "-"},
                   answer(1, "", "Error: Could not find the file /scone in container c0ffee\n"));
  processes.expect({"docker", "container", "inspect", "c0ffee"}, answer(0, "[{}]\n"));
  processes.expect({"docker", "rm", "c0ffee"}, answer(0, ""));
  const diag::Error error = error_of([&] { Engine(processes, files, "docker").facts({"r:1"}); });
  EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
  EXPECT_NE(error.text().find("has no /scone folder"), std::string::npos);
  EXPECT_TRUE(processes.finished());
}

}  // namespace
}  // namespace sconectl::image
