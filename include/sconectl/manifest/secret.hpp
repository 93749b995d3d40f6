// A secret as a service manifest defines it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sconectl/diag/location.hpp"
#include "sconectl/manifest/text.hpp"
#include "sconectl/session/secret.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::manifest {

/// One entry of `secrets.global`. Texts may hold `{{NAME}}` placeholders that the mesh fills. Only
/// the kind is read here; which parameter belongs to which kind is the session language's rule.
struct Secret {
  std::string name;
  session::SecretKind kind = session::SecretKind::ascii;
  std::optional<Text> size;         ///< characters (ascii) or bytes (binary) to generate
  std::optional<Text> value;        ///< explicit value; never shown in messages
  std::optional<Text> private_key;  ///< name of a private-key secret
  std::optional<Text> common_name;
  std::optional<Text> issuer;  ///< name of an x509-ca secret
  std::vector<Text> dns;
  std::optional<Text> endpoint;       ///< "client", "server"
  std::optional<Text> valid_for;      ///< "90 days"
  std::optional<Text> key_type;       ///< "RSA-3072", "P-256", ...
  std::optional<Text> export_public;  ///< "true" or "false"
  std::optional<Text> migrate;        ///< "true" or "false"
  std::optional<Text> tenant_id;      ///< aad-token
  std::optional<Text> client_id;
  std::optional<Text> application_secret;
  diag::Location at;   ///< of the name
  yaml::Value source;  ///< the whole entry, as parsed
};

}  // namespace sconectl::manifest
