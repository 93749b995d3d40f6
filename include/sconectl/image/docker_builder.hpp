// What 'docker build' builds with.
#pragma once

#include <mutex>
#include <optional>

namespace sconectl::host {
class Processes;
}  // namespace sconectl::host

namespace sconectl::image {

/// Found out once, for all that ask, in whatever threads.
class DockerBuilder {
 public:
  /// buildx may have builders outside of the daemon, and then has to be told (`--load`) that the
  /// daemon gets what it has built.
  enum class Kind { classic, build_kit, buildx };

  /// The best that docker's program has, told by how its help ends. Throws what `processes` throws.
  [[nodiscard]] Kind kind(host::Processes& processes);

 private:
  std::mutex asking_;
  std::optional<Kind> kind_;
};

}  // namespace sconectl::image
