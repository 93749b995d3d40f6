// Secrets of a session (SL-098 to SL-174).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sconectl/crypto/key.hpp"
#include "sconectl/session/reference.hpp"
#include "sconectl/session/setting.hpp"
#include "sconectl/text/words.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::session {

enum class SecretKind {
  ascii,
  binary,
  private_key,
  public_key,
  x509,
  x509_ca,
  aad_token,
  config_fragment,
  pgp_key,
  jwt,
  session_ca,  ///< legacy dialect only (SL-174)
};
[[nodiscard]] constexpr auto words_of(SecretKind) {
  return text::words<SecretKind::session_ca>("ascii", "binary", "private-key", "public-key", "x509",
                                             "x509-ca", "aad-token", "config-fragment", "pgp-key",
                                             "jwt", "session-ca");
}
enum class Endpoint { server, client };
[[nodiscard]] constexpr auto words_of(Endpoint) {
  return text::words<Endpoint::client>("server", "client");
}

/// Generated: `size` characters U+0021...U+007E. Explicit: any text without NUL.
struct Ascii {
  std::optional<std::string> value{};
  std::uint32_t size = 20;
  bool operator==(const Ascii&) const = default;
};
struct Binary {
  std::optional<std::string> value{};  ///< hex
  std::uint32_t size = 20;             ///< bytes
  bool operator==(const Binary&) const = default;
};
struct PrivateKey {
  std::optional<std::string> value{};  ///< PKCS#8 PEM
  /// What to generate; with `value` an assertion if it was given.
  std::optional<crypto::KeyType> key_type{};
  bool migrate = false;
  [[nodiscard]] crypto::KeyType type() const { return key_type.value_or(crypto::KeyType::p256); }
  bool operator==(const PrivateKey&) const = default;
};
struct PublicKey {
  std::optional<std::string> value{};        ///< SPKI PEM
  std::optional<std::string> private_key{};  ///< name of a secret
  bool operator==(const PublicKey&) const = default;
};
/// `x509`, and with `ca` set `x509-ca`.
struct X509 {
  bool ca = false;
  std::optional<std::string> value{};  ///< PEM, the certificate first, then its chain
  std::optional<std::string>
      private_key{};                    ///< name of a secret; absent in the legacy dialect (SL-327)
  std::optional<std::string> issuer{};  ///< name of a secret; absent: self-signed
  std::optional<std::string> common_name{};
  std::optional<Endpoint> endpoint{};
  std::vector<std::string> dns{};
  std::vector<std::string> san{};          ///< "dns:<name>", "ip:<address>"
  std::optional<std::string> valid_for{};  ///< as written; duration.hpp reads it
  bool operator==(const X509&) const = default;
};
struct AadToken {
  std::string tenant_id{};
  std::string client_id{};
  std::optional<std::string> application_secret{};
  std::optional<std::string> private_key{};  ///< RSA PKCS#8 PEM
  std::optional<std::string> certificate_thumbprint{};
  bool operator==(const AadToken&) const = default;
};
/// Any YAML node; compared by its meaning.
struct ConfigFragment {
  yaml::Value value{};
  bool operator==(const ConfigFragment& other) const;
};
struct PgpKey {
  bool operator==(const PgpKey&) const = default;
};
struct Jwt {
  std::string signer{};  ///< name of a P-384 private-key secret
  std::string valid_for{};
  std::vector<std::pair<std::string, std::string>> payload{};
  bool operator==(const Jwt&) const = default;
};
struct SessionCa {
  bool operator==(const SessionCa&) const = default;
};
struct SecretImport {
  std::string session{};  ///< path as written
  std::string secret{};
  std::optional<std::string> session_hash{};
  std::optional<RemoteCas> cas{};
  std::optional<SecretKind> kind{};  ///< asserted (SL-109)
  bool operator==(const SecretImport&) const = default;
};
struct AkvImport {
  std::string vault{};
  std::optional<std::string> secret_name{};  ///< default: the secret's own name
  std::optional<Placeholder> token{};
  std::optional<Placeholder> decryption_key{};
  std::optional<SecretKind> kind{};
  bool operator==(const AkvImport&) const = default;
};

using SecretBody = std::variant<Ascii, Binary, PrivateKey, PublicKey, X509, AadToken,
                                ConfigFragment, PgpKey, Jwt, SessionCa, SecretImport, AkvImport>;

struct Secret {
  std::string name{};
  SecretBody body{};
  std::vector<ExportTarget> exports{};
  bool export_public = false;
  Place place{};

  /// The kind as far as the session tells it: nothing for an import without `kind`.
  [[nodiscard]] std::optional<SecretKind> kind() const;
  /// `import` or `import_akv`.
  [[nodiscard]] bool imported() const;
  /// The session text holds the value (SL-100, SL-111).
  [[nodiscard]] bool is_explicit() const;
  /// The CAS makes the value when the session is uploaded (SL-107). False for aad-token and jwt,
  /// which are made at every use.
  [[nodiscard]] bool generated() const;
  bool operator==(const Secret&) const = default;
};

/// `secret_config.store_in: !akv` (SL-194).
struct AkvStore {
  std::string token{};  ///< placeholder text
  std::string vault{};
  bool operator==(const AkvStore&) const = default;
};

}  // namespace sconectl::session
