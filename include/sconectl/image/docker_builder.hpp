// What 'docker build' builds with.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace sconectl::host {
class Environment;
class Files;
class Processes;
}  // namespace sconectl::host

namespace sconectl::image {

/// Found out once, for all that ask, in whatever threads; with note() also for later runs.
class DockerBuilder {
 public:
  /// buildx may have builders outside of the daemon, and then has to be told (`--load`) that the
  /// daemon gets what it has built.
  enum class Kind { classic, build_kit, buildx };

  /// The best that docker's program has, told by how its help ends. Throws what `processes` throws.
  [[nodiscard]] Kind kind(host::Processes& processes);

  /// From now on the answer is read from `file`, and written to it. It counts as long as docker's
  /// program, its configuration and the plugin buildx where Docker documents it are the files that
  /// they were. The file may be removed at any time; one that can not be read or written costs time
  /// and nothing else. Both references must outlive the object.
  void note(host::Files& files, const host::Environment& environment, std::filesystem::path file);

  /// The next to ask finds out anew: after a build that failed, for whatever reason.
  void forget();

 private:
  struct Notes {
    host::Files& files;
    const host::Environment& environment;
    std::filesystem::path file;
  };
  [[nodiscard]] std::optional<Kind> noted(std::string_view installation) const;
  void write_note(std::string_view installation, Kind kind) const;

  std::mutex asking_;
  std::optional<Kind> kind_;
  std::optional<Notes> notes_;
};

}  // namespace sconectl::image
