#include "image/docker_socket.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/oci/tar.hpp"
#include "support/map_environment.hpp"
#include "support/memory_files.hpp"
#include "support/scripted_processes.hpp"

namespace sconectl::image {
namespace {

const std::string image_id = "sha256:" + std::string(64, 'c');

/// A daemon with the images in `images`: body by URL. It says it is Docker unless `is_docker` is
/// off.
struct Daemon final : host::Http {
  std::map<std::string, host::HttpResponse> images;
  std::string socket;
  std::vector<std::string> asked;
  bool runs = true;
  bool is_docker = true;

  using host::Http::send;
  host::HttpResponse send(const host::HttpRequest& request, const host::Tls& /*tls*/) override {
    socket = request.unix_socket;
    asked.push_back(request.method + ' ' + request.url);
    if (!runs) throw diag::Error(diag::ErrorKind::unavailable, "no such file or directory");
    if (is_docker && request.url == "http://docker/_ping")
      return {200, {{"Api-Version", "1.41"}}, "OK", {}};
    const auto found = images.find(request.url);
    if (found != images.end()) return found->second;
    return {404, {}, R"({"message":"any words"})", {}};
  }
  void has(const std::string& reference, std::string body, int status = 200) {
    images["http://docker/images/" + reference + "/json"] = {status, {}, std::move(body), {}};
  }
};

std::string described(const std::string& digests) {
  return R"({"Id":")" + image_id + R"(","RepoDigests":[)" + digests + "]}";
}

TEST(DockerSocket, is_the_one_that_the_docker_program_would_use) {
  test::MemoryFiles files;
  test::MapEnvironment environment;
  environment.variables["HOME"] = "/home/user";
  EXPECT_EQ(docker_socket(environment, files), "/var/run/docker.sock");
  environment.variables["DOCKER_HOST"] = "unix:///run/user/1000/docker.sock";
  EXPECT_EQ(docker_socket(environment, files), "/run/user/1000/docker.sock");
  environment.variables["DOCKER_HOST"] = "tcp://builder:2376";
  EXPECT_EQ(docker_socket(environment, files), std::nullopt);
  environment.variables["DOCKER_HOST"] = "ssh://builder";
  EXPECT_EQ(docker_socket(environment, files), std::nullopt);
}

TEST(DockerSocket, a_context_is_left_to_the_docker_program) {
  test::MemoryFiles files;
  test::MapEnvironment environment;
  environment.variables = {{"HOME", "/home/user"}, {"DOCKER_CONTEXT", "far"}};
  EXPECT_EQ(docker_socket(environment, files), std::nullopt);
  environment.variables.erase("DOCKER_CONTEXT");
  files.put("/home/user/.docker/config.json", R"({"auths":{}})");
  EXPECT_EQ(docker_socket(environment, files), "/var/run/docker.sock");
  files.put("/home/user/.docker/config.json", R"({"currentContext":"default"})");
  EXPECT_EQ(docker_socket(environment, files), "/var/run/docker.sock");
  files.put("/home/user/.docker/config.json", R"({"currentContext":"far"})");
  EXPECT_EQ(docker_socket(environment, files), std::nullopt);
  files.put("/home/user/.docker/config.json", "not JSON");
  EXPECT_EQ(docker_socket(environment, files), std::nullopt);
  files.put("/etc/docker/config.json", "{}");
  environment.variables["DOCKER_CONFIG"] = "/etc/docker";
  EXPECT_EQ(docker_socket(environment, files), "/var/run/docker.sock");
}

TEST(DockerSocket, tells_identities_and_leaves_out_what_is_missing) {
  Daemon daemon;
  daemon.has("localhost:5000/a:1", described(R"("x@sha256:1","localhost:5000/a@sha256:2")"));
  daemon.has("b", R"({"Id":"sha256:b"})");
  const auto found = ask_docker(daemon, "/s", {"localhost:5000/a:1", "b", "missing"});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->size(), 2U);
  EXPECT_EQ(found->at("localhost:5000/a:1").id, image_id);
  EXPECT_EQ(found->at("localhost:5000/a:1").digest, "localhost:5000/a@sha256:2");
  EXPECT_EQ(found->at("b").digest, "");
  EXPECT_EQ(daemon.socket, "/s");
}

TEST(DockerSocket, an_answer_that_is_not_understood_is_no_answer) {
  Daemon daemon;
  daemon.has("a", "not JSON");
  EXPECT_EQ(ask_docker(daemon, "/s", {"a"}), std::nullopt);
  daemon.has("a", R"({"Id":7})");
  EXPECT_EQ(ask_docker(daemon, "/s", {"a"}), std::nullopt);
  EXPECT_EQ(ask_docker(daemon, "/s", {"a?x=/../b"}), std::nullopt);
  daemon.runs = false;
  EXPECT_EQ(ask_docker(daemon, "/s", {"b"}), std::nullopt);
}

TEST(DockerSocket, statuses_of_something_that_is_not_docker_mean_nothing) {
  Daemon daemon;
  daemon.is_docker = false;
  for (const int status : {400, 404, 500}) {
    daemon.has("a", R"({"message":"No such image: a"})", status);
    EXPECT_EQ(ask_docker(daemon, "/s", {"a"}), std::nullopt) << status;
  }
  EXPECT_EQ(container_has(daemon, "/s", "c0ffee", "/scone"), std::nullopt);
}

TEST(DockerSocket, a_refusal_is_not_a_missing_image) {
  Daemon daemon;
  daemon.has("a", R"({"message":"No such image, but the disk is broken"})", 500);
  try {
    (void)ask_docker(daemon, "/s", {"a"});
    FAIL();
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::failed);
    EXPECT_EQ(error.text(),
              "docker could not look at image 'a': No such image, but the disk is broken");
  }
  daemon.has("a", "no JSON", 500);
  EXPECT_THROW((void)ask_docker(daemon, "/s", {"a"}), diag::Error);
}

TEST(DockerSocket, tells_whether_a_container_has_a_path) {
  Daemon daemon;
  EXPECT_EQ(container_has(daemon, "/s", "c0ffee", "/scone"), false);
  const std::string url = "http://docker/containers/c0ffee/archive?path=/scone";
  daemon.images[url] = {200, {}, "", {}};
  EXPECT_EQ(container_has(daemon, "/s", "c0ffee", "/scone"), true);
  daemon.images[url] = {500, {}, "", {}};
  EXPECT_EQ(container_has(daemon, "/s", "c0ffee", "/scone"), std::nullopt);
}

TEST(DockerSocket, a_folder_that_is_there_but_can_not_be_copied_is_a_failure) {
  Daemon daemon;
  test::ScriptedProcesses processes;
  test::MemoryFiles files;
  Engine engine(processes, files, "docker");
  engine.ask_daemon(test::MapEnvironment(), daemon);
  processes.always({"docker", "create"}, {0, 0, "c0ffee\n", ""});
  processes.always({"docker", "cp"}, {1, 0, "", "Error: No such container:path: c0ffee:/scone"});
  processes.always({"docker", "rm"}, {0, 0, "", ""});
  processes.always({"docker", "version"}, {0, 0, "20.10.24", ""});
  const auto kind = [&] {
    try {
      (void)engine.scone_folder("r:1", {});
    } catch (const diag::Error& error) {
      return error.kind();
    }
    return diag::ErrorKind::usage;
  };
  EXPECT_EQ(kind(), diag::ErrorKind::invalid);
  daemon.images["http://docker/containers/c0ffee/archive?path=/scone"] = {200, {}, "", {}};
  EXPECT_EQ(kind(), diag::ErrorKind::failed);
}

std::string archive_of_one_file(const std::string& path, const std::string& bytes) {
  std::string archive;
  oci::TarWriter tar([&](std::string_view part) { archive += part; }, 0);
  tar.add({.path = path, .mode = 0644, .size = bytes.size()},
          [&](const oci::Sink& take) { take(bytes); });
  tar.finish();
  return archive;
}

/// A daemon that makes a container, and what it has in it at /scone.
struct WithContainer {
  Daemon daemon;
  test::ScriptedProcesses processes;
  test::MemoryFiles files;
  test::MapEnvironment environment;
  Engine engine{processes, files, "docker"};

  explicit WithContainer(host::HttpResponse archive) {
    daemon.images["http://docker/containers/create"] = {201, {}, R"({"Id":"c0ffee"})", {}};
    daemon.images["http://docker/containers/c0ffee/archive?path=/scone"] = std::move(archive);
    daemon.images["http://docker/containers/c0ffee?v=1"] = {204, {}, "", {}};
    engine.ask_daemon(environment, daemon);
  }
  [[nodiscard]] bool removed() const {
    return std::find(daemon.asked.begin(), daemon.asked.end(),
                     "DELETE http://docker/containers/c0ffee?v=1") != daemon.asked.end();
  }
};

TEST(DockerSocket, gives_the_folder_without_a_start_of_the_program) {
  WithContainer docker({200, {}, archive_of_one_file("scone/policy/service.json", "{}"), {}});
  EXPECT_EQ(docker.engine.scone_folder("r:1", {}), (SconeFolder{{"policy/service.json", "{}"}}));
  EXPECT_TRUE(docker.removed());
  EXPECT_TRUE(docker.processes.ran().empty());
}

TEST(DockerSocket, a_container_has_an_id_that_can_stand_in_a_path) {
  Daemon daemon;
  for (const char* made : {R"({"Id":""})", R"({"Id":"../images/r"})", R"({"Id":7})", "[]", "{"}) {
    daemon.images["http://docker/containers/create"] = {201, {}, made, {}};
    EXPECT_EQ(create_container(daemon, "/s", "r:1", "/scone"), std::nullopt) << made;
  }
  daemon.images["http://docker/containers/create"] = {404, {}, R"({"Id":"c0ffee"})", {}};
  EXPECT_EQ(create_container(daemon, "/s", "r:1", "/scone"), std::nullopt);
}

TEST(DockerSocket, an_image_without_the_folder_is_told_and_its_container_removed) {
  WithContainer docker({404, {}, R"({"message":"no such path"})", {}});
  try {
    (void)docker.engine.scone_folder("r:1", {});
    ADD_FAILURE() << "there is no folder";
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
  }
  EXPECT_TRUE(docker.removed());
}

TEST(DockerSocket, a_folder_that_the_daemon_does_not_give_is_asked_of_the_program) {
  WithContainer docker({500, {}, R"({"message":"the disk is broken"})", {}});
  docker.processes.always({"docker", "create"}, {1, 0, "", "the disk is broken"});
  docker.processes.always({"docker", "version"}, {0, 0, "20.10.24", ""});
  EXPECT_THROW((void)docker.engine.scone_folder("r:1", {}), diag::Error);
  EXPECT_TRUE(docker.removed());
}

TEST(DockerSocket, without_an_answer_the_program_is_asked) {
  Daemon daemon;
  test::ScriptedProcesses processes;
  test::MemoryFiles files;
  const test::MapEnvironment environment;
  Engine engine(processes, files, "docker");
  engine.ask_daemon(environment, daemon);
  daemon.has("a", described(""));
  EXPECT_EQ(engine.find({"a"}).at("a").id, image_id);
  EXPECT_TRUE(processes.ran().empty());
  daemon.runs = false;
  processes.always({"docker"}, {1, 0, "", "Cannot connect to the Docker daemon"});
  EXPECT_THROW((void)engine.find({"a"}), diag::Error);
  EXPECT_EQ(processes.ran().size(), 2U);
}

TEST(DockerSocket, other_engines_have_none) {
  Daemon daemon;
  test::ScriptedProcesses processes;
  test::MemoryFiles files;
  const test::MapEnvironment environment;
  Engine engine(processes, files, "podman");
  engine.ask_daemon(environment, daemon);
  processes.always({"podman", "image"}, {0, 0, image_id + "\n", ""});
  EXPECT_EQ(engine.find({"a"}).at("a").id, image_id);
  EXPECT_EQ(daemon.socket, "");
}

}  // namespace
}  // namespace sconectl::image
