// What a mesh has to know about a service image: the content of its /scone folder.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/manifest/runtime.hpp"
#include "sconectl/text/variable.hpp"

namespace sconectl::image {

using manifest::Mode;
using manifest::Runtime;

/// File content by path relative to /scone ("charts/flask/Chart.yaml").
using SconeFolder = std::map<std::string, std::string>;

/// A variable that the mesh fills; without a fallback it must have a value there.
struct MeshVariable {
  std::string name;
  std::optional<std::string> fallback;
};

struct InjectedFile {
  std::string path;
  std::string content;                        ///< may hold $$SCONE::…$$ and {{NAME}}
  std::optional<std::uint32_t> permission{};  ///< absent: that of sessions
};

/// The texts an image carries for the mesh, exactly as they are in the folder. In an image
/// made by others they are templates that are YAML only after rendering; in an image of ours they
/// are YAML already, and `{{NAME}}` stands only inside scalars.
struct PolicyTexts {
  std::string env;              ///< policy/env.yaml: list of name/value
  std::string secrets;          ///< policy/secrets.yaml: list of session secrets; may be empty
  std::string binaries;         ///< policy/binaries.yaml
  std::string template_policy;  ///< policy/template-policy.yaml: session template; "" in ours
  std::map<std::string, std::string> config_fragments;  ///< file name -> session template
};

/// What the processor measures of an image for Gramine, and who vouches for it.
struct EnclaveIdentity {
  std::string mr_enclave;  ///< 64 hex digits
  std::string mr_signer;   ///< the same
  std::uint16_t product_id = 0;
  std::uint16_t svn = 0;
  bool debug = false;
  friend bool operator==(const EnclaveIdentity&, const EnclaveIdentity&) = default;
};

/// The file over the protected files of an image for SCONE. Its key is secret and in no image.
struct FileSystemProtection {
  std::string path;
  std::string tag;  ///< 32 hex digits
  friend bool operator==(const FileSystemProtection&, const FileSystemProtection&) = default;
};

struct Facts {
  /// False for an image made by others: no policy/service.json. Then only name, defaults, binaries,
  /// chart and policy are filled.
  bool own = false;
  std::string image;               ///< reference for which the facts were read, or that was built
  std::string built_as;            ///< build.to of its manifest; "" in an image made by others
  std::string image_id;            ///< engine's id ("sha256:…"), set by Engine::facts
  std::string digest;              ///< registry digest ("repo@sha256:…") if the image has one
  std::string name;                ///< build.name = name of the chart in the folder
  std::string kind;                ///< build.kind
  std::optional<Runtime> runtime;  ///< nothing in an image made by others
  std::optional<Mode> mode;        ///< nothing in an image made by others
  std::string command;             ///< build.command, one line
  std::string pwd;
  std::vector<std::uint16_t> ports;  ///< EXPOSE of the image that it was built on, ascending
  std::string user;                  ///< USER of the image that it was built on; "": root
  text::Environment local;           ///< values may hold $$SCONE::…$$ and {{NAME}}
  /// Variables of the program that the mesh gives values (environment.global).
  std::vector<MeshVariable> global;
  /// Values for `{{NAME}}` when the mesh sets none (env.yaml): the chart's and those of `global`.
  text::Environment defaults;
  std::vector<InjectedFile> injection_files;
  std::vector<std::string> imports;  ///< names of secrets that other services define
  std::vector<std::string> host_paths;
  std::vector<std::string> binaries;         ///< absolute paths
  std::optional<EnclaveIdentity> enclave;    ///< of images with one that was measured and signed
  std::optional<FileSystemProtection> fspf;  ///< of images for SCONE with `build.dirs`
  /// SHA-256 in hex of the list of the files of a native image; "": it has none, or is not built.
  std::string file_list;
  PolicyTexts policy;
  /// The chart: path relative to charts/<name> -> text, with `values.yaml.template`.
  std::map<std::string, std::string> chart;
};

/// The folder for an image of ours: the texts in `facts`, and policy/service.json with the rest.
[[nodiscard]] SconeFolder scone_folder(const Facts& facts);

/// The text of a policy/service.json with the hash of the image's list of files, which is known
/// only inside of the build. Throws Error{invalid} for another text.
[[nodiscard]] std::string with_file_list(const std::string& service_json, const std::string& hash);
inline constexpr std::string_view service_json_path = "policy/service.json";

/// Facts of a /scone folder. `image` names the image in messages. Throws Error{invalid} for a
/// folder without a chart and policy, and for a service.json of another format version.
[[nodiscard]] Facts facts_from(const SconeFolder& folder, const std::string& image);

}  // namespace sconectl::image
