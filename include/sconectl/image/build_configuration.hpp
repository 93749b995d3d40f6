// What the commands of a build may read and the image never holds: how a site reaches package
// indexes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::image {

enum class BuildFileKind {
  authorities,  ///< PEM, all that servers are trusted by
  java,         ///< the same as Java reads them
  pip,          ///< pip.conf
  npm,          ///< .npmrc
  maven,        ///< settings.xml
};

struct BuildFile {
  BuildFileKind kind = BuildFileKind::authorities;
  std::filesystem::path source;  ///< on this machine
  std::string digest;            ///< SHA-256 in hex: another file is another build
};

struct BuildConfiguration {
  std::vector<BuildFile> files;
  /// Names of proxy variables that are set, whose values the engine takes from the environment.
  std::vector<std::string> proxies;
  bool fresh = false;  ///< no layer of an earlier build is taken
  /// SOURCE_DATE_EPOCH: the time of the image. Then files of the context are 0644 or 0755, so that
  /// they are the same whoever has written them.
  std::optional<std::uint64_t> time = {};
};

/// As the engine and the mount name it: "ca", "java-ca", "pip", "npm", "maven".
[[nodiscard]] std::string_view secret_id(BuildFileKind kind);

/// What stands between RUN and its command: a mount for each file, and the variables by which pip,
/// npm, Maven, OpenSSL, Node.js, curl and git find them. "" without files. Only paths and a digest
/// are in it.
[[nodiscard]] std::string run_prefix(const BuildConfiguration& configuration);

}  // namespace sconectl::image
