// A service manifest to everything a container engine needs, without touching anything.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/image/base_image.hpp"
#include "sconectl/image/build_configuration.hpp"
#include "sconectl/image/facts.hpp"
#include "sconectl/image/file_hashes.hpp"
#include "sconectl/image/recipe.hpp"
#include "sconectl/image/runtime.hpp"
#include "sconectl/manifest/service.hpp"
#include "sconectl/render/template_set.hpp"

namespace sconectl::host {
class Files;
}

namespace sconectl::image {

/// What a path of the manifest (`copy`, `requirements`) leads to; `outside` through a symbolic link
/// that leaves the directory.
struct Source {
  enum class Kind { missing, file, directory, other, outside };
  Kind kind = Kind::missing;
  std::string text;          ///< of requirements files and Gramine's manifest only
  std::string suggestion{};  ///< of a missing one: "; did you mean '…'?" or ""
};

/// The read-only view of the user's files that a plan is made from, by path as written.
using Sources = std::map<std::string, Source>;

/// Looks at the paths that a manifest names, and at the files that its requirements file takes in.
/// Relative paths count from `directory` (empty: the working directory, as the original tool does).
[[nodiscard]] Sources survey(const manifest::Service& service, const host::Files& files,
                             const std::filesystem::path& directory = {});

/// Where Gramine's own files come from unless somebody names another image.
inline constexpr std::string_view default_gramine_image = "gramineproject/gramine";

/// What the command line and the environment decide.
struct PlanOptions {
  Runtime runtime = Runtime::native;
  std::string runtime_because;  ///< RuntimeChoice::because, for messages
  Mode mode = Mode::production;
  /// What images get as their `sconectl`, a static program: native ones the launcher, which is
  /// their entrypoint, those for Gramine the whole program, which measures them.
  std::filesystem::path launcher;
  /// Bases of images without `build.from` (SCONECTL_PYTHON_IMAGE, SCONECTL_JAVA_IMAGE,
  /// SCONECTL_NODE_IMAGE), and what compiles Java (SCONECTL_JDK_IMAGE) and builds Maven projects
  /// (SCONECTL_MAVEN_IMAGE). "": one for the kind's version.
  std::string python_image = "python:3-slim";
  std::string java_image = {};
  std::string jdk_image = {};
  std::string maven_image = {};
  std::string node_image = {};
  /// SCONECTL_REPO and VERSION: where the base images of the SCONE runtime would be.
  std::string repository{scone_repository};
  std::string version = "latest";
  /// Where relative paths of the manifest count from; empty: the working directory.
  std::filesystem::path directory;
  /// --gramine-image, SCONECTL_GRAMINE_IMAGE; "": what the manifest says, else
  /// default_gramine_image.
  std::string gramine_image = {};
  /// What inherited_base() says about itself; nothing if it is not known.
  std::optional<BaseImage> base = {};
  BuildConfiguration configuration = {};
};

/// A symbolic link of ours in the build context.
struct ContextLink {
  std::string target;
};

/// One entry of the build context: bytes or a link of ours, or a file or directory of the user to
/// be copied.
struct ContextEntry {
  std::variant<std::string, std::filesystem::path, ContextLink> content;
  unsigned mode = 0644;  ///< of bytes, and of the launcher; copied files keep theirs
};

/// What is left to do when the image for SCONE is built: its program is signed and measured, and
/// directories get a file system protection file.
struct SconeBuild {
  std::string image;                       ///< with SCONE's tools
  std::string program;                     ///< first word of the command
  bool converts_program = false;           ///< an ordinary one, which becomes one of SCONE
  std::vector<std::string> authenticated;  ///< `build.dirs`
  std::uint16_t product_id = 0;
  std::uint16_t svn = 0;
};

struct BuildPlan {
  std::string name;       ///< build.name: the folder under target/images
  std::string reference;  ///< build.to
  Runtime runtime = Runtime::native;
  std::string runtime_because;
  Recipe recipe;
  std::string dockerfile;  ///< the recipe for an engine
  BuildConfiguration configuration;
  std::optional<SconeBuild> scone;  ///< of the runtime 'scone'
  /// What is compared before a native image starts; `off` for the others.
  manifest::Integrity integrity = manifest::Integrity::off;
  std::map<std::string, std::string> labels;    ///< also in the Dockerfile
  std::map<std::string, ContextEntry> context;  ///< path in the context -> entry
  Facts facts;                                  ///< what the image will say about itself
  std::vector<std::string> missing;  ///< "file:line:col: …" of each path that leads nowhere
};

/// Pure: the same arguments give the same bytes. All mistakes go to `out`; with an error in `out`
/// the result is not meant to be used. A path that leads nowhere is only a warning: a dry run may
/// look at a manifest without its files.
[[nodiscard]] BuildPlan plan(const manifest::Service& service, const PlanOptions& options,
                             const render::TemplateSet& templates, const Sources& sources,
                             diag::Diagnostics& out);

/// The image whose environment a plan has to know: `build.from`, or that of a kind whose programs
/// are found by it (java, node). Nothing if there is none.
[[nodiscard]] std::optional<std::string> inherited_base(const manifest::Build& build,
                                                        const PlanOptions& options);

/// The second step of an image for Gramine: the image that the plan builds, with its signature and
/// with facts that name what was measured. `sigstruct`: the signed bytes.
[[nodiscard]] BuildPlan signed_plan(const BuildPlan& plan, const EnclaveIdentity& enclave,
                                    const std::string& sigstruct);

/// The name of the image that is not signed yet: "r/web:1-unsigned".
[[nodiscard]] std::string unsigned_reference(const BuildPlan& plan);

/// The path in the /scone folder of such an image of what has to be signed.
inline constexpr std::string_view unsigned_sigstruct_path = "gramine/unsigned.sig";
/// And that of the signed one, for whoever has the image and no container of it.
inline constexpr std::string_view sigstruct_path = "gramine/entrypoint.sig";

/// Of labels: what an enclave was measured as.
[[nodiscard]] std::map<std::string, std::string> enclave_labels(const EnclaveIdentity& enclave);

/// Programs and scripts in the images that sign for SCONE and protect its files.
inline constexpr std::string_view scone_signer = "/usr/local/bin/scone-signer";
inline constexpr std::string_view scone_signing_script = "/sconectl-sign.sh";
inline constexpr std::string_view scone_fspf_script = "/sconectl/fspf.sh";
/// Where an image has its file system protection file.
inline constexpr std::string_view fspf_path = "/fspf.pb";

/// The images that are run to sign, and to make a file system protection file. They stand on that
/// of unsigned_reference(), and nothing of them but their outputs is in the finished one.
[[nodiscard]] BuildPlan signing_plan(const BuildPlan& plan);
[[nodiscard]] BuildPlan protecting_plan(const BuildPlan& plan);

/// What these have made.
struct SconeResult {
  struct Fspf {
    std::string bytes;
    std::string tag;  ///< 32 hex digits
  };
  EnclaveIdentity enclave;
  std::string program_path;
  std::string program;  ///< the signed bytes
  std::optional<Fspf> fspf;
};

/// The image that is finished: unsigned_reference() with all that.
[[nodiscard]] BuildPlan finished_plan(const BuildPlan& plan, const SconeResult& made);

/// Throws Error{unavailable} for a plan that can be written but not built: with missing files, all
/// of them.
void require_buildable(const BuildPlan& plan);

/// The paths of the context, one a line, sorted: what a dry run shows.
[[nodiscard]] std::string listing(const BuildPlan& plan);

/// Writes `directory`/Dockerfile and `directory`/context for the engine; files of an earlier plan
/// that are not in this one are removed. `directory` is target/images/<name>
/// (docs/target-directory.md); nothing in the target directory is written through a symbolic link.
/// What of the user's directories is left out: docs/commands.md. Error{invalid} for links that lead
/// out of the build folder. Files that have the bytes and the mode already are left alone.
void write(const BuildPlan& plan, host::Files& files, const std::filesystem::path& directory,
           FileHashes& hashes);
/// The same where nobody remembers hashes.
void write(const BuildPlan& plan, host::Files& files, const std::filesystem::path& directory);

}  // namespace sconectl::image
