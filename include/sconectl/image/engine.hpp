// docker, podman or buildah.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sconectl/crypto/secret.hpp"
#include "sconectl/image/base_image.hpp"
#include "sconectl/image/build_configuration.hpp"
#include "sconectl/image/docker_builder.hpp"
#include "sconectl/image/facts.hpp"

namespace sconectl::host {
class Environment;
class Files;
class Http;
class Processes;
}  // namespace sconectl::host

namespace sconectl::image {

/// An image that the engine has.
struct ImageIdentity {
  std::string id;      ///< "sha256:…"
  std::string digest;  ///< "repo@sha256:…" for its repository, "" if it was never pushed or pulled
  std::string description = {};  ///< label `io.sconectl.scone`, if the daemon was asked; else ""
  friend bool operator==(const ImageIdentity&, const ImageIdentity&) = default;
};

/// How a program in a container is started.
struct RunOptions {
  std::vector<std::string> argv;  ///< in place of the image's entrypoint and command
  text::Environment environment;  ///< added to the image's; others see it
  crypto::Secret input = {};      ///< for its standard input
};

/// The first of docker, podman and buildah that is installed.
[[nodiscard]] std::optional<std::string> installed_engine(const host::Processes& processes);

/// Runs the engine's own program with an argument vector; DOCKER_HOST, DOCKER_CONFIG, ... reach it
/// by inheritance. Every method throws Error{unavailable} if the engine does not answer,
/// Error{failed} with the engine's own last message if it refuses. What happened is told by exit
/// statuses and by the engine's API, never by its words: they differ between versions.
class Engine {
 public:
  /// Called with each line that the engine prints while it works.
  using Lines = std::function<void(std::string_view line)>;

  /// `name` is docker, podman or buildah (Error{usage} for anything else); without one the first of
  /// these that is installed. Error{unavailable} if it is not installed. `cache` is a directory for
  /// /scone folders by image id (empty: no cache).
  Engine(host::Processes& processes, host::Files& files, const std::optional<std::string>& name,
         std::filesystem::path cache = {});

  [[nodiscard]] const std::string& name() const { return name_; }

  /// From now on questions go to the Docker daemon's own socket if this is docker and that is where
  /// its program would turn to (DOCKER_HOST, DOCKER_CONTEXT, the configuration); the program is
  /// asked when that brings no answer. `http` must outlive the engine.
  void ask_daemon(const host::Environment& environment, host::Http& http);

  /// What docker builds with is asked by one of the engines that share this, for all.
  void share_builder(std::shared_ptr<DockerBuilder> builder) { builder_ = std::move(builder); }

  /// Builds `directory`/Dockerfile with the context `directory`/context and names the result. The
  /// files of the configuration are mounted where the Dockerfile says so, by docker with BuildKit.
  /// Its time is that of the image and of all files in new layers: the same files on the same base
  /// give the same image of the same engine. Docker's builders put times of their own into it, so
  /// that it is saved beside the Dockerfile, given that time, and loaded again.
  /// Podman and buildah speak to registries on loopback without TLS, as docker does (pull() and
  /// push(), too).
  ImageIdentity build(const std::filesystem::path& directory, const std::string& reference,
                      const Lines& lines = {}, const BuildConfiguration& configuration = {});
  void tag(const std::string& existing, const std::string& reference);
  /// Pushes; returns the digest under which the registry has it ("sha256:…"), "" if the engine
  /// does not know it. Error{unavailable} if the registry does not answer.
  std::string push(const std::string& reference, const Lines& lines = {});
  /// Error{unavailable} if the registry does not answer or does not give the image.
  void pull(const std::string& reference, const Lines& lines = {});

  /// Writes an image that the engine has into a file, as `docker save` does.
  void save(const std::string& reference, const std::filesystem::path& file);

  /// A program in a container of an image that the engine has, without a network; the container is
  /// removed. What it prints comes back as bytes. Error{failed} with its last words if it fails,
  /// Error{unsupported} with buildah, which keeps no image to run.
  std::string run(const std::string& reference, const RunOptions& options);

  /// Identities by reference, of those that exist, in one call of the engine.
  std::map<std::string, ImageIdentity> find(const std::vector<std::string>& references);
  /// As find(); Error{unavailable} that names every image that is missing.
  std::map<std::string, ImageIdentity> inspect(const std::vector<std::string>& references);

  /// How an image that the engine has would be started; nothing if it does not have it.
  std::optional<BaseImage> base_image(const std::string& reference);

  /// The /scone folder of an image: from its label if that is known, else from the cache, else out
  /// of a container that is never started. Error{invalid} if the image has none. Text files up to 1
  /// MiB each, 16 MiB in all.
  SconeFolder scone_folder(const std::string& reference, const ImageIdentity& identity);
  /// What an image that find() named says about itself.
  Facts facts(const std::string& reference, const ImageIdentity& identity);
  /// The same for each distinct reference, after inspect().
  std::map<std::string, Facts> facts(const std::vector<std::string>& references);

 private:
  struct Outcome {
    int status;
    std::string out;
    std::string err;
    std::vector<std::string> last_lines;  ///< of both outputs together, if lines were asked for
  };
  Outcome call(std::vector<std::string> arguments, const Lines& lines = {});
  /// BuildKit where docker has it, unless the caller refuses.
  [[nodiscard]] DockerBuilder::Kind builder() const;
  /// Images on loopback that the Dockerfile starts from: a build takes no trust for one registry.
  void bring_bases(const std::filesystem::path& directory, const Lines& lines);
  [[nodiscard]] std::string dockerfile_in(const std::filesystem::path& directory) const;
  void retime(const std::filesystem::path& directory, const std::string& reference,
              std::uint64_t time, const Lines& lines);
  /// Digests of the archives of an image's layers, lowest first; pulls an image that is not here.
  std::vector<std::string> layers_of(const std::string& reference, const Lines& lines);
  Outcome require(std::vector<std::string> arguments, const std::string& doing,
                  const Lines& lines = {});
  /// Throws engine_silent() unless the engine answers a question that needs nothing else.
  void require_answer();
  /// All of them, or nothing if the engine does not show every one.
  std::optional<std::map<std::string, ImageIdentity>> ask_program(
      const std::vector<std::string>& references);
  /// Those that exist among references of which one is missing.
  std::map<std::string, ImageIdentity> ask_for_each(const std::vector<std::string>& references);
  /// The archive of /scone in a container; Error{invalid} if there is none.
  std::string scone_archive(const std::string& container, const std::string& reference);
  SconeFolder extract(const std::string& reference);
  /// Nothing if its socket brings no answer: then its program is asked.
  std::optional<SconeFolder> extract_by_daemon(const std::string& reference);

  host::Processes& processes_;
  host::Files& files_;
  std::string name_;
  std::filesystem::path cache_;
  std::shared_ptr<DockerBuilder> builder_ = std::make_shared<DockerBuilder>();
  bool refuses_build_kit_ = false;  ///< the caller, by DOCKER_BUILDKIT
  bool uses_build_kit_ = false;     ///< for the build that runs
  host::Http* http_ = nullptr;
  std::optional<std::string> socket_;
};

}  // namespace sconectl::image
