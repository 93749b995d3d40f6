// The services of an application, joined: what sessions, charts and compose files are made from.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/image/facts.hpp"
#include "sconectl/manifest/mesh.hpp"
#include "sconectl/render/render.hpp"
#include "sconectl/session/session.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::mesh {

/// What a mesh can not say itself. Texts of the files that the mesh names are read by the caller.
struct Options {
  std::string release;           ///< --release; "": the mesh variable RELEASE, else helm's own name
  std::string release_version;   ///< --release-version; "": the chart has a version of its own
  std::string policy_namespace;  ///< --policy-namespace; "": policy.namespace
  std::string attestation_provider;  ///< --maa; "": policy.maa
  std::optional<image::Mode> mode;   ///< --mode, which names fragments and image policies
  /// How services reach the CAS ("cas.default", "127.0.0.1:18800"), and its root key hash if known.
  std::string cas_address;
  std::string cas_key;
  /// Key hash of the user's TLS identity: {{CREATOR}} of session templates in images, and who reads
  /// signed sessions.
  std::string creator_key_hash;
  std::string session_signing_key;  ///< {{SIGNER}}: SPKI PEM
  /// Text that only this user can predict, one per session name: service access tokens and
  /// {{RANDOM}}. Empty map: no tokens.
  std::map<std::string, std::string> tokens;
  /// Keys of file system protection files by their tags, as far as they are known here.
  std::map<std::string, std::string> fspf_keys;
  bool access_tokens = true;     ///< false: --no-access-token
  bool signed_sessions = false;  ///< the upload mode signs sessions instead of sending them
  /// Who demands attestation of every service, besides `policy.require_attestation`:
  /// "'--require-attestation'". A service without it is then an error instead of a warning.
  std::vector<std::string> attestation_demands;
  /// Content by path of every file that services[].env, .image_policy, .image_secrets name.
  std::map<std::string, std::string> files;
  /// Charts by path of services[].helm_chart: relative path -> text.
  std::map<std::string, std::map<std::string, std::string>> charts;
  /// Values of the chart over what the mesh says, mappings from service to values; later ones win.
  std::vector<yaml::Value> overrides;
};

/// One service of the application.
struct ServiceInstance {
  const manifest::MeshService* given = nullptr;  ///< its entry in the mesh
  std::string name;                              ///< as in the mesh: component of the session name
  std::string kubernetes_name;  ///< a valid DNS label made from it; name of the sub-chart
  std::string image;
  image::Facts facts;
  std::string session;          ///< "<namespace>/<name>"
  std::string session_service;  ///< base name of the program
  render::Variables variables;  ///< for {{NAME}}, precedence applied
  std::string command;
  text::Environment environment;
  std::vector<image::InjectedFile> files;
  std::string access_token;  ///< "": none
  std::string fspf_key;      ///< of facts.fspf

  [[nodiscard]] const diag::Location& at() const { return given->at; }
  /// SCONE_CONFIG_ID (docs/mesh.md).
  [[nodiscard]] std::string config_id() const { return session + "/" + session_service; }
  /// What its enclave is measured as is known from its image, which is one of ours; of images of
  /// others an image policy says it.
  [[nodiscard]] bool measured() const { return facts.enclave.has_value(); }
  [[nodiscard]] bool native() const { return facts.runtime == image::Runtime::native; }
};

/// A secret of `<namespace>/secrets` and the services that may import it.
struct SharedSecret {
  session::Secret secret;
  std::string defined_by;      ///< service that defined it first
  bool keeps_exports = false;  ///< the user's own file says whom it is exported to
};

struct Application {
  std::string name_space;
  std::string release;  ///< "": known only to helm
  std::string cas_address;
  std::string cas_key;
  std::string attestation_demanded_by;  ///< all who demand attestation, in words; "": nobody does
  std::string attestation_provider;     ///< URL of who judges evidence; "": the CAS
  const manifest::Mesh* mesh = nullptr;
  std::vector<ServiceInstance> services;
  std::vector<SharedSecret> secrets;  ///< in order of definition

  [[nodiscard]] std::string secrets_session() const { return name_space + "/secrets"; }
};

/// --policy-namespace, else `policy.namespace`.
[[nodiscard]] std::string name_space_of(const manifest::Mesh& mesh,
                                        const std::string& policy_namespace);

/// The name of a service: what the mesh calls it, else what its image is called.
[[nodiscard]] std::string service_name(const manifest::MeshService& service,
                                       const image::Facts& facts);

/// Joins a mesh with the facts of its images; `facts[i]` belongs to `mesh.services[i]`, nothing
/// where an image is not known: that service is left out. Every fault of the mesh is in `out`:
/// variables without a value, secrets that nobody defines or two define differently, names that
/// clash. The mesh must outlive the application.
[[nodiscard]] Application resolve(const manifest::Mesh& mesh,
                                  const std::vector<std::optional<image::Facts>>& facts,
                                  const Options& options, diag::Diagnostics& out);

}  // namespace sconectl::mesh
