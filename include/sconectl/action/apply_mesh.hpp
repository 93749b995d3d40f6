// `apply` of a mesh manifest: sessions, chart, upload.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/action/documents.hpp"
#include "sconectl/action/system.hpp"
#include "sconectl/manifest/runtime.hpp"

namespace sconectl::action {

enum class MeshOutput { helm_chart, yaml, kyaml, compose };

struct MeshOptions {
  Substitutions substitutions;
  std::filesystem::path target = "target";
  /// Writes what a run would write, but pulls, starts and sends nothing.
  bool dry_run = false;
  bool offline = false;  ///< --offline: a dry run does not even ask the engine
  bool pull = true;
  std::optional<manifest::Mode> mode;
  std::optional<std::string> engine;  ///< --engine; wins over SCONECTL_ENGINE
  MeshOutput output = MeshOutput::helm_chart;
  std::vector<std::string> set_values;             ///< --set PATH=VALUE: win over the files
  std::vector<std::filesystem::path> value_files;  ///< --values FILE
  std::string release;
  std::string release_version;  ///< --release-version
  std::string policy_namespace;
  std::string attestation_provider;                 ///< --maa: instead of policy.maa
  std::optional<std::string> cas;                   ///< --cas: instead of cas_url
  std::optional<std::string> service_cas;           ///< --service-cas: wins over service_address
  std::optional<std::filesystem::path> cas_config;  ///< --cas-config DIR
  std::optional<std::string> config;                ///< -c/--config FILE before the command
  bool access_tokens = true;
  bool new_access_tokens = false;    ///< --new-access-tokens: the present ones are replaced
  bool require_attestation = false;  ///< --require-attestation
};

struct AppliedSession {
  std::string name;
  std::string result;  ///< "created", "updated", "unchanged", or "written" if it was not sent
  std::string hash;    ///< "" if it was not sent
  std::filesystem::path file;
};

struct AppliedMesh {
  std::vector<AppliedSession> sessions;
  std::filesystem::path chart;  ///< target/helm
  std::filesystem::path extra;  ///< manifests/ or compose.yaml of --output, else empty
  std::string project;          ///< of `docker compose -p`, with --output compose; else ""
  std::string release;  ///< that --release (or RELEASE) names, else one made from the namespace
  std::string cas;
  /// The versions that the sessions accept, from the oldest to the current one; none where nobody
  /// has named a version.
  std::vector<std::string> versions;
  std::vector<std::string> left_out;  ///< services whose image is not known (dry runs only)
};

/// Everything is written before anything is sent (docs/target-directory.md). Throws Error.
AppliedMesh apply_mesh(System& system, const Document& document, const MeshOptions& options);

/// `--print-defaults`: the mesh with the values of all variables, as YAML.
[[nodiscard]] std::string mesh_defaults(System& system, const Document& document,
                                        const MeshOptions& options);

}  // namespace sconectl::action
