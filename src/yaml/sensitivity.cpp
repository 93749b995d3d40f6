#include "sconectl/yaml/sensitivity.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "sconectl/diag/suggest.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::yaml {
namespace {

/// The fields that carry secrets, or whatever a user puts there.
constexpr std::array<std::string_view, 18> secret_fields = {
    "value",      "content",           "command",  "args",     "payload",     "environment",
    "entrypoint", "helm_extra_values", "fspf_key", "key_file", "private_key", "application_secret",
    "data",       "stringData",        "otp",      "identity", "sp_key",      "subscription_key"};

/// `env: {A: x}` and `env: [A=x]`; in `env: [{name: A, value: x}]` the keys tell.
constexpr std::array<std::string_view, 3> variable_lists = {"env", "local", "global"};

/// Parts of names that say that the value is one: `db_password`, `service_access_token`.
constexpr std::array<std::string_view, 7> secret_parts = {
    "password", "passwd", "passphrase", "token", "credential", "private_key", "shared_secret"};

/// The language's other words: their values describe, and are shown.
constexpr std::array<std::string_view, 76> descriptions = {"access_policy",
                                                           "alg",
                                                           "apiVersion",
                                                           "attestation",
                                                           "build",
                                                           "cas",
                                                           "cas_key",
                                                           "cas_software_key",
                                                           "cas_url",
                                                           "certificate",
                                                           "certificates",
                                                           "certificate_thumbprint",
                                                           "client_id",
                                                           "common_name",
                                                           "copy",
                                                           "create_sessions",
                                                           "creator",
                                                           "dns",
                                                           "endpoint",
                                                           "export",
                                                           "export_public",
                                                           "extra_policies",
                                                           "files",
                                                           "for",
                                                           "from",
                                                           "fspf_path",
                                                           "fspf_tag",
                                                           "fspf_update_policy",
                                                           "image",
                                                           "image_name",
                                                           "image_policy_name",
                                                           "images",
                                                           "import",
                                                           "import_akv",
                                                           "injection_files",
                                                           "isvprodid",
                                                           "isvsvn",
                                                           "issuer",
                                                           "key",
                                                           "key_type",
                                                           "kind",
                                                           "list_sessions",
                                                           "migrate",
                                                           "min_rsa_signing_key_size",
                                                           "mode",
                                                           "mrenclave",
                                                           "mrenclaves",
                                                           "mrsigner",
                                                           "name",
                                                           "namespace",
                                                           "path",
                                                           "permission",
                                                           "persistency",
                                                           "platforms",
                                                           "policy",
                                                           "predecessor",
                                                           "provide_secrets",
                                                           "pwd",
                                                           "read",
                                                           "repo",
                                                           "runtime",
                                                           "secret",
                                                           "secret_config",
                                                           "secret_name",
                                                           "secrets",
                                                           "security",
                                                           "service",
                                                           "services",
                                                           "session",
                                                           "size",
                                                           "tolerate",
                                                           "update",
                                                           "valid_for",
                                                           "validity",
                                                           "version",
                                                           "volume"};

template <std::size_t N>
bool among(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_word(char c) {
  return text::is_alphanumeric(c) || c == '_' || c == '-' || c == '.';
}

}  // namespace

Secrecy secrecy_below(std::string_view key) {
  if (among(secret_fields, key)) return Secrecy::all;
  if (among(variable_lists, key)) return Secrecy::scalars;
  if (among(descriptions, key)) return Secrecy::none;
  const std::string name = text::lower(key);
  if (std::any_of(secret_parts.begin(), secret_parts.end(),
                  [&](std::string_view part) { return name.find(part) != std::string::npos; }))
    return Secrecy::all;
  const bool misspelt =
      name.size() > 2 && diag::nearest(name, std::span<const std::string_view>(secret_fields));
  return misspelt ? Secrecy::all : Secrecy::none;
}

bool is_description(std::string_view key) {
  return among(descriptions, key);
}

std::string shown_key(std::string_view key) {
  const auto* const end = std::find_if_not(key.begin(), key.end(), is_word);
  return std::string(key.begin(), end) + (end == key.end() ? "" : "...");
}

}  // namespace sconectl::yaml
