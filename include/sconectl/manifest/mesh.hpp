// A mesh manifest (`kind: mesh`) as the user wrote it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/diag/location.hpp"
#include "sconectl/manifest/text.hpp"
#include "sconectl/manifest/variable.hpp"
#include "sconectl/session/security.hpp"
#include "sconectl/text/words.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::manifest {

/// What happens with a session after it was written (`cas[].mode`, docs/mesh.md).
enum class UploadMode {
  upload,              ///< the default: over TLS with our identity
  signed_manifest,     ///< a SignedPolicy object, applied to the cluster
  encrypted_manifest,  ///< an EncryptedPolicy object, part of the chart
  no_upload,           ///< files only
  encrypted_only,      ///< only the encrypted files stay
  sign_online,         ///< needs a signing ceremony server: not built in
};
[[nodiscard]] constexpr auto words_of(UploadMode) {
  return text::words<UploadMode::sign_online>("Upload", "SignedManifest", "EncryptedManifest",
                                              "NoUpload", "EncryptedOnly", "SignOnline");
}

/// One CAS and the roles it plays.
struct Cas {
  Text name;  ///< a role too: "cas" keeps the services' sessions
  std::vector<Text> aliases;
  Text cas_url;  ///< host, host:port, URL, or "embedded"; empty: only --cas can give it
  /// What services are told instead of the host of `cas_url`: host or host:port of its service
  /// interface.
  std::optional<Text> service_address;
  std::optional<Text> cas_key;
  std::optional<Text> cas_encryption_key;
  std::optional<Text> tolerance;  ///< arguments for `cas attest`, one string
  UploadMode mode = UploadMode::upload;
  diag::Location mode_at;  ///< no source: not given
  diag::Location at;
};

struct Policy {
  Text name_space;  ///< policy.namespace
  std::vector<session::Tolerance> tolerate;
  std::vector<Text> ignore_advisories;  ///< "*" or INTEL-SA-... ids
  std::optional<Text> access_policy_name;
  std::optional<Text> attestation_policy_name;
  std::optional<Text> security_policy_name;
  std::optional<Text> image_policy_namespace;
  std::optional<Text> maa;  ///< URL of a Microsoft Azure Attestation provider
  /// Where `require_attestation: true` stands: a service without attestation is refused.
  std::optional<diag::Location> requires_attestation;
  diag::Location at;
};

/// Variables for one service, or for all: `service` is "global" (also for the flat form), "helm",
/// or a name of `services`. Within a section a later definition of a name wins.
struct EnvSection {
  Text service;
  std::vector<Variable> variables;
};

struct MeshService {
  /// services[].name; nothing if the user left it to the image.
  std::optional<Text> name;
  Text image;
  std::optional<Text> env;            ///< file with default variables instead of the image's
  std::optional<Text> helm_chart;     ///< directory with a chart template instead of the image's
  std::optional<Text> image_policy;   ///< session template instead of the image's
  std::optional<Text> image_secrets;  ///< file with secrets instead of the image's
  std::optional<yaml::Value> helm_extra_values;
  diag::Location at;
};

struct ExtraPolicy {
  Text name;
  std::optional<Text> mode;
};

struct Repo {
  Text destination;
  std::optional<Text> config_id;
  std::optional<Text> key_file;
  std::optional<bool> push;
  std::optional<bool> squash;
  std::optional<bool> strip;
};

struct Mesh {
  std::vector<Cas> cas;
  Policy policy;
  std::vector<EnvSection> env;
  std::vector<MeshService> services;
  std::vector<ExtraPolicy> extra_policies;
  std::vector<Text> helm;                        ///< "path.to.value=text", as for `helm --set`
  std::optional<yaml::Value> helm_extra_values;  ///< a mapping: sub-chart name -> chart values
  std::optional<Repo> repo;
  diag::Location at;

  /// The CAS with this name, else the one with this alias; nullptr if no CAS plays the role.
  [[nodiscard]] const Cas* role(std::string_view name) const;
};

}  // namespace sconectl::manifest
