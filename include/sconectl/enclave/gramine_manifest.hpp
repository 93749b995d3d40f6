// Gramine's manifest of a container image, as GSC (Gramine Shielded Containers) makes it
// (EV-056 to EV-061).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/enclave/file_tree.hpp"
#include "sconectl/text/variable.hpp"

namespace sconectl::enclave {

/// Where manifest, arguments and signature lie in an image, as GSC has it.
inline constexpr std::string_view application_directory = "/gramine/app_files";
/// What is only there while an image is measured.
inline constexpr std::string_view measuring_directory = "/gramine/measuring";

/// How an image would be started by itself.
struct ImageStart {
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  text::Environment environment;
  /// Variables that the host sets at the start; the enclave takes whatever they say.
  std::vector<std::string> passed_through;
  std::string directory;  ///< "": /
};

struct ManifestRequest {
  ImageStart start;
  std::string user_manifest_name;  ///< for messages
  std::string user_manifest;       ///< TOML; "": none
  bool debug = false;
  /// The command line of the container is the program's: whoever starts it chooses arguments.
  bool insecure_arguments = false;
  /// Where libsysdb.so is in the image: "/usr/lib/x86_64-linux-gnu/gramine".
  std::string library_directory = "/usr/lib/x86_64-linux-gnu/gramine";
};

struct RenderedManifest {
  std::string manifest;   ///< without hashes; "{{library_paths}}" stands for what the image says
  std::string arguments;  ///< the file trusted_argv: each word with a NUL behind it
  std::string program;    ///< as the image names it: a path, or a name for PATH
  std::string link;       ///< the path under which Gramine starts it
};

/// Three layers: the user's manifest wins over ours, and that over the image's environment. Tables
/// are merged, lists joined, LD_LIBRARY_PATH, PATH and LD_PRELOAD joined with ':'; of two different
/// values the stronger one stays, with a warning. Pure and deterministic. Throws Error{invalid} for
/// an image that starts nothing and a manifest that is no TOML.
[[nodiscard]] RenderedManifest render_manifest(const ManifestRequest& request,
                                               diag::Diagnostics& out);

struct FinishOptions {
  /// Trust every file of the image but what changes with each start, as GSC does; else only what
  /// the manifest names.
  bool whole_image = false;
};

/// The final manifest: every trusted file with its hash, sorted; Gramine's defaults filled in.
/// Mistakes and warnings go to `out`; with an error in `out` the result is not meant to be used.
/// Throws Error{invalid} for what is no TOML.
[[nodiscard]] std::string finish_manifest(const std::string& name, const std::string& manifest,
                                          const FileTree& tree, const FinishOptions& options,
                                          diag::Diagnostics& out);

/// What a manifest says about finding the program.
struct ProgramPlace {
  std::string entry_point;  ///< libos.entrypoint
  std::string directory;    ///< fs.start_dir
  std::string path;         ///< loader.env.PATH
};
/// Throws Error{invalid} for what is no TOML.
[[nodiscard]] ProgramPlace program_place(const std::string& name, const std::string& manifest);

/// The program of an image: a path, relative ones from `directory`, or a name looked up in `path`.
/// Throws Error{invalid} if there is none that can be started.
[[nodiscard]] std::string find_program(const FileTree& tree, const std::string& program,
                                       const std::string& directory, std::string_view path);

}  // namespace sconectl::enclave
