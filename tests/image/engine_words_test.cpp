// The words of container engines differ between versions: whatever they say, exit statuses decide.
#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/image/engine.hpp"
#include "support/map_environment.hpp"
#include "support/memory_files.hpp"
#include "support/scripted_processes.hpp"

namespace sconectl::image {
namespace {

/// What an engine prints for one and the same thing.
struct Words {
  const char* version;
  const char* engine;
  const char* missing_image;
  const char* missing_folder;
  const char* no_daemon;
  const char* no_registry;
};

const Words all_words[] = {
    {"docker_20_10", "docker", "Error: No such image: r:1\n",
     "Error: No such container:path: c0ffee:/scone\n",
     "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon "
     "running?\n",
     "Get \"http://127.0.0.1:5000/v2/\": dial tcp 127.0.0.1:5000: connect: connection refused\n"},
    {"docker_27", "docker", "Error response from daemon: No such image: r:1\n",
     "Error response from daemon: Could not find the file /scone in container c0ffee\n",
     "ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker "
     "daemon running?\n",
     "failed to do request: Head \"http://127.0.0.1:5000/v2/r/blobs/x\": connection refused\n"},
    {"docker_29", "docker", "Error response from daemon: no such image: r:1: not found\n",
     "Error response from daemon: Could not find the file /scone in container c0ffee\n",
     "failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is "
     "correct and if the daemon is running: no such file or directory\n",
     "failed to do request: dial tcp 127.0.0.1:5000: connect: connection refused\n"},
    {"podman_4", "podman", "Error: inspecting object: r:1: image not known\n",
     "Error: \"/scone\" could not be found on container c0ffee: no such file or directory\n",
     "Cannot connect to Podman. Please verify your connection to the Linux system using `podman "
     "system connection list`\n",
     "Error: pinging container registry 127.0.0.1:5000: connect: connection refused\n"},
    // The words of one failure in the place of another, other languages, and nothing.
    {"swapped", "docker", "Cannot connect to the Docker daemon. denied: unauthorized\n",
     "permission denied while trying to connect to the Docker daemon socket\n",
     "Error: No such image: r:1\n", "denied: requested access to the resource is denied\n"},
    {"translated", "docker", "Fehler: Abbild r:1 unbekannt\n", "Fehler: kein Pfad\n",
     "Fehler: keine Verbindung\n", "Fehler: keine Verbindung\n"},
    {"silent", "podman", "", "", "", ""},
};

host::Exit failed(const char* words) {
  return {words[0] == '\0' ? 125 : 1, 0, "", words};
}

/// A network where nothing, or everything, answers.
struct Network final : host::Http {
  bool answers = false;
  std::vector<std::string> asked;
  using host::Http::send;
  host::HttpResponse send(const host::HttpRequest& request, const host::Tls& /*tls*/) override {
    if (request.unix_socket.empty()) asked.push_back(request.url);
    if (!answers || !request.unix_socket.empty())
      throw diag::Error(diag::ErrorKind::unavailable, "connection refused");
    return {401, {}, "", {}};
  }
};

class EngineWords : public testing::TestWithParam<Words> {
 protected:
  void SetUp() override { engine.ask_daemon(environment, network); }

  void engine_is_at_work(bool at_work) {
    const host::Exit exit = at_work ? host::Exit{0, 0, "ok\n", ""} : failed(words.no_daemon);
    processes.always({words.engine, "version"}, exit);
    processes.always({words.engine, "info"}, exit);
  }
  static diag::Error error_of(const std::function<void()>& act) {
    try {
      act();
    } catch (const diag::Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return {diag::ErrorKind::usage, ""};
  }

  const Words words = GetParam();
  const std::string reference = "127.0.0.1:5000/r:1";
  test::ScriptedProcesses processes;
  test::MemoryFiles files;
  const test::MapEnvironment environment;
  Network network;
  Engine engine{processes, files, words.engine};
};

TEST_P(EngineWords, an_image_that_is_missing_is_no_failure) {
  processes.always({words.engine, "image", "inspect"}, failed(words.missing_image));
  engine_is_at_work(true);
  EXPECT_TRUE(engine.find({"r:1"}).empty());
  EXPECT_TRUE(engine.find({"r:1", "r:2", "r:3"}).empty());
  const diag::Error error = error_of([&] { (void)engine.inspect({"r:1"}); });
  EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable);
  EXPECT_NE(error.text().find("has no image 'r:1'"), std::string::npos) << error.text();
}

TEST_P(EngineWords, an_engine_that_is_away_has_no_missing_images) {
  processes.always({words.engine}, failed(words.no_daemon));
  for (const auto& act : std::vector<std::function<void()>>{
           [&] { (void)engine.find({"r:1"}); },
           [&] {
             (void)engine.find({"r:1", "r:2"});
           },
           [&] { engine.build("t", "r:1"); }, [&] { engine.push(reference); },
           [&] { engine.pull(reference); }, [&] { engine.tag("r:1", "r:2"); }}) {
    const diag::Error error = error_of(act);
    EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable) << error.text();
    EXPECT_NE(error.text().find("does not answer"), std::string::npos) << error.text();
  }
}

TEST_P(EngineWords, an_image_without_the_folder_is_told_from_an_engine_that_is_away) {
  const std::string engine_name = words.engine;
  processes.always({engine_name, "create"}, {0, 0, "c0ffee\n", ""});
  processes.always({engine_name, "cp"}, failed(words.missing_folder));
  processes.always({engine_name, "rm"}, {0, 0, "", ""});
  processes.expect({engine_name, "container", "inspect", "c0ffee"}, {0, 0, "[{}]\n", ""});
  const diag::Error without = error_of([&] { (void)engine.scone_folder("r:1", {}); });
  EXPECT_EQ(without.kind(), diag::ErrorKind::invalid) << without.text();
  EXPECT_NE(without.text().find("has no /scone folder"), std::string::npos) << without.text();

  processes.always({engine_name, "container"}, failed(words.no_daemon));
  engine_is_at_work(false);
  const diag::Error away = error_of([&] { (void)engine.scone_folder("r:1", {}); });
  EXPECT_EQ(away.kind(), diag::ErrorKind::unavailable) << away.text();
}

TEST_P(EngineWords, a_push_fails_for_the_registry_or_is_refused_by_it) {
  processes.always({words.engine, "push"}, failed(words.no_registry));
  engine_is_at_work(true);
  EXPECT_EQ(error_of([&] { engine.push(reference); }).kind(), diag::ErrorKind::unavailable);
  network.answers = true;
  const diag::Error refused = error_of([&] { engine.push(reference); });
  EXPECT_EQ(refused.kind(), diag::ErrorKind::failed);
  EXPECT_NE(refused.text().find("could not push image '127.0.0.1:5000/r:1'"), std::string::npos);
  EXPECT_EQ(network.asked, std::vector<std::string>(2, "http://127.0.0.1:5000/v2/"));
  // Where a reference without a registry goes is the engine's business.
  network.answers = false;
  EXPECT_EQ(error_of([&] { engine.push("r:1"); }).kind(), diag::ErrorKind::failed);
}

TEST_P(EngineWords, an_image_that_can_not_be_pulled_is_unavailable) {
  processes.always({words.engine, "pull"}, failed(words.no_registry));
  engine_is_at_work(true);
  EXPECT_EQ(error_of([&] { engine.pull(reference); }).kind(), diag::ErrorKind::unavailable);
}

INSTANTIATE_TEST_SUITE_P(Versions, EngineWords, testing::ValuesIn(all_words),
                         [](const auto& tested) { return std::string(tested.param.version); });

}  // namespace
}  // namespace sconectl::image
