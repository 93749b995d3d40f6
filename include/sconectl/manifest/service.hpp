// A service manifest (`kind: genservice`, also genImage, genAppImage, genimage) as the user wrote
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/diag/location.hpp"
#include "sconectl/manifest/runtime.hpp"
#include "sconectl/manifest/secret.hpp"
#include "sconectl/manifest/text.hpp"
#include "sconectl/manifest/variable.hpp"
#include "sconectl/text/words.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::manifest {

/// One file that the CAS places before the program starts. Content may hold `$$SCONE::…$$` and
/// `{{NAME}}`.
struct InjectionFile {
  Text path;
  Text content;
  std::optional<std::uint32_t> permission;  ///< absent: that of sessions, 0o700 (SL-246)
};

struct Signature {
  bool sign = false;
  std::optional<Text> key;  ///< path of the signing key
  diag::Location at;
};

/// `build.integrity`: what of a native image's own files is compared with what was built before its
/// program starts. `full`: they are as they were, and nothing else lies in their directories;
/// `listed`: they are as they were.
enum class Integrity { full, listed, off };
[[nodiscard]] constexpr auto words_of(Integrity) {
  return text::words<Integrity::off>("full", "listed", "off");
}

/// `build.gramine`: what only the runtime 'gramine' reads.
struct GramineBuild {
  std::optional<Text> manifest;     ///< path of the user's own manifest of Gramine
  std::optional<Text> image;        ///< image with Gramine's files
  std::optional<Text> prefix;       ///< where they are in it; absent: /usr
  std::optional<Text> name_prefix;  ///< put before the name of the image ("gsc-")
  bool insecure_arguments = false;  ///< `insecure_args`: whoever starts it chooses arguments
};

/// The `build` section. Lists that are not given are empty.
struct Build {
  Text name;     ///< names the chart and the folder under target/images
  Text kind;     ///< python, sconify_image, java, java17, ...
  Text to;       ///< image reference to build, and to push
  Text command;  ///< one line, split into words when the session starts (SL-071)
  std::optional<Text> from;
  std::optional<Text> pwd;
  std::optional<Text> requirements;
  std::optional<RuntimeSetting> runtime;  ///< absent: the command line decides
  diag::Location runtime_at;
  /// Where `require_attestation: true` stands: a runtime without attestation is refused.
  std::optional<diag::Location> requires_attestation;
  Integrity integrity = Integrity::full;
  std::optional<Text> stable;
  std::vector<Text> copy;
  std::vector<Text> run;
  std::vector<Text> host_paths;  ///< `host_path` and `host_paths` together
  std::optional<Signature> signature;
  GramineBuild gramine;
  std::optional<Text> gen_policy;  ///< build.gen_policy.policy
  std::vector<Text> binaries;
  std::vector<Text> dirs;
  std::vector<Text> fs_dirs;
  std::vector<Text> fs_files;
  std::vector<Text> plain_files;
  std::vector<Text> plains;
  std::vector<Text> binarfs_include;  ///< build.binarfs.include-new
  std::vector<yaml::Value> volumes;   ///< mappings with name, path, import, export
};

struct Service {
  Text kind;                     ///< as written: "genservice", "genImage", ...
  std::vector<Variable> local;   ///< environment.local, then the older top-level `env`
  std::vector<Variable> global;  ///< environment.global: names that the mesh gives values
  std::vector<Secret> secrets;   ///< secrets.global
  std::vector<Text> imports;     ///< secrets.import: names of secrets that other services define
  std::vector<InjectionFile> injection_files;
  Build build;
  std::optional<Text>
      requirements;   ///< the older top-level `requirements`; build.requirements wins
  diag::Location at;  ///< where the document starts

  /// The requirements file to install, wherever it was given; nullptr if there is none.
  [[nodiscard]] const Text* requirements_file() const;
};

}  // namespace sconectl::manifest
