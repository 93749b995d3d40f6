// A session as its author means it: the typed model that client, mesh and CAS share.
//
// Every struct can be filled in code; text() of write.hpp writes it, parse() of parse.hpp reads it,
// check() of check.hpp judges both. Hex is kept as lower-case text, PEM with LF line ends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sconectl/crypto/key.hpp"
#include "sconectl/session/access_entry.hpp"
#include "sconectl/session/placeholder.hpp"
#include "sconectl/session/setting.hpp"
#include "sconectl/text/variable.hpp"
#include "sconectl/text/words.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::session {

// ---------------------------------------------------------------- references to other sessions

/// A CAS other than this one (SL-188): address and Base58Check key hash.
struct RemoteCas {
  std::string url{};  ///< host or host:port
  std::string key{};
  bool software_key = false;  ///< `cas_software_key` instead of `cas_key`
  bool operator==(const RemoteCas&) const = default;
};

/// A session that a secret or volume is exported to, or everything below a namespace
/// (SL-175...179).
struct ExportTarget {
  std::string session{};         ///< path as written, absolute or relative (SL-314, SL-315)
  bool whole_namespace = false;  ///< `namespace:` instead of `session:`
  std::optional<std::string> session_hash{};
  std::optional<RemoteCas> cas{};
  bool operator==(const ExportTarget&) const = default;
};

// ---------------------------------------------------------------- secrets (SL-098 to SL-174)

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

// ---------------------------------------------------------------- services (SL-057 to SL-097)

/// As given: a string that split_command() splits, or the list of its elements.
using Command = std::variant<std::string, std::vector<std::string>>;

enum class FspfUpdatePolicy { rollback_protected_reinitializable, no_rollback_protection };
[[nodiscard]] constexpr auto words_of(FspfUpdatePolicy) {
  return text::words<FspfUpdatePolicy::no_rollback_protection>("rollback_protected_reinitializable",
                                                               "no_rollback_protection");
}

struct Fspf {
  std::string path{};
  Setting<std::string> key{};  ///< 64 hex digits
  std::optional<std::string> tag{};
  FspfUpdatePolicy update_policy = FspfUpdatePolicy::rollback_protected_reinitializable;
  bool operator==(const Fspf&) const = default;
};

/// A number of an enclave's identity, 0...65535, possibly from a secret (SL-091).
using Number = Setting<std::uint32_t>;

struct EnclaveSigner {
  std::string mrsigner{};  ///< 64 hex digits, or a placeholder's text
  Number isvprodid = 0U;
  std::optional<Number> isvsvn{};
  std::optional<Number> isvsvn_min{};
  std::optional<Number> isvsvn_max{};
  bool operator==(const EnclaveSigner&) const = default;
};

/// One way for a service to prove itself; what is given must all hold (SL-087).
struct AttestationVariant {
  /// 64 hex digits each, any of them; empty: not checked.
  std::vector<Setting<std::string>> mrenclave{};
  std::optional<Setting<EnclaveSigner>> signer{};
  bool operator==(const AttestationVariant&) const = default;
};

struct Service {
  std::string name{};
  std::optional<Command> command{};
  text::Environment environment{};
  std::string pwd = "/";
  std::optional<Fspf> fspf{};
  std::optional<std::string> image_name{};
  /// Any variant suffices (SL-085). A placeholder stands for one variant or a list of them
  /// (SL-086); `attestation: $$SCONE::x$$` is a list of one placeholder.
  std::vector<Setting<AttestationVariant>> attestation{};
  std::vector<Setting<std::string>> mrenclaves{};  ///< deprecated, OR-ed with attestation (SL-092)
  std::vector<std::string> platforms{};            ///< identifiers or placeholders' texts (SL-093)
  std::optional<std::string> one_time_password_shared_secret{};
  Place place{};
  bool operator==(const Service&) const = default;
};

// ------------------------------------------------------- volumes and images (SL-230 to SL-253)

enum class VolumeFiles { encrypted, authenticated_only };
[[nodiscard]] constexpr auto words_of(VolumeFiles) {
  return text::words<VolumeFiles::authenticated_only>("encrypted", "authenticated-only");
}
enum class UpdatePolicy { rollback_protected, ephemeral, no_rollback_protection };
[[nodiscard]] constexpr auto words_of(UpdatePolicy) {
  return text::words<UpdatePolicy::no_rollback_protection>("rollback_protected", "ephemeral",
                                                           "no_rollback_protection");
}

struct VolumeExport {
  std::string session{};
  std::optional<std::string> session_hash{};
  std::optional<UpdatePolicy> update_policy{};
  std::optional<std::string> volume_alias{};
  bool operator==(const VolumeExport&) const = default;
};
struct VolumeImport {
  std::string session{};
  std::string volume{};
  std::optional<std::string> session_hash{};
  bool operator==(const VolumeImport&) const = default;
};
struct Volume {
  std::string name{};
  std::optional<Setting<std::string>> fspf_key{};  ///< absent with fspf_tag: auto-initialised
  std::optional<std::string> fspf_tag{};
  std::optional<VolumeFiles> files{};
  std::vector<VolumeExport> exports{};
  std::optional<VolumeImport> import{};
  Place place{};
  bool operator==(const Volume&) const = default;
};

struct ImageVolume {
  std::string name{};
  std::string path{};
  UpdatePolicy update_policy = UpdatePolicy::rollback_protected;
  Place place{};
  bool operator==(const ImageVolume&) const = default;
};
struct InjectionFile {
  std::string path{};
  std::optional<std::string> content{};  ///< absent: a template in the service's file system
  std::uint32_t permission = 0700;
  Place place{};
  bool operator==(const InjectionFile&) const = default;
};
struct Image {
  std::string name{};
  std::vector<ImageVolume> volumes{};
  std::vector<InjectionFile> injection_files{};
  std::optional<std::vector<std::string>>
      provide_secrets{};  ///< absent is not empty (SL-248, SL-249)
  Place place{};
  bool operator==(const Image&) const = default;
};

// ---------------------------------------------------------------- security (SL-286 to SL-313)

enum class AttestationMode { hardware, none, maa };
[[nodiscard]] constexpr auto words_of(AttestationMode) {
  return text::words<AttestationMode::maa>("hardware", "none", "maa");
}
enum class Tolerance {
  debug_mode,
  hyperthreading,
  insecure_igpu,
  software_hardening_needed,
  aepic_leak,
  insecure_configuration,
  outdated_tcb,
  maa_managed_tcb,
  local_attestation_trust_cas_tcb,
};
[[nodiscard]] constexpr auto words_of(Tolerance) {
  return text::words<Tolerance::local_attestation_trust_cas_tcb>(
      "debug-mode", "hyperthreading", "insecure-igpu", "software-hardening-needed", "aepic-leak",
      "insecure-configuration", "outdated-tcb", "maa-managed-tcb",
      "local-attestation-trust-cas-tcb");
}

struct SecurityAttestation {
  Setting<AttestationMode> mode = AttestationMode::hardware;
  std::vector<Setting<Tolerance>> tolerate{};
  std::vector<std::string> ignore_advisories{};  ///< "INTEL-SA-nnnnn", "*", or placeholders' texts
  std::vector<std::string> trusted_scone_qe_pubkeys{};
  std::optional<std::string> one_time_password_shared_secret{};  ///< base32 or a placeholder's text
  Setting<bool> must_be_sgx_local = false;
  std::optional<std::string> url{};
  std::optional<std::vector<std::string>> certificates{};
  std::optional<std::uint32_t> min_rsa_signing_key_size{};
  Place place{};
  bool operator==(const SecurityAttestation&) const = default;
};
struct Security {
  Setting<SecurityAttestation> attestation{};
  Setting<bool> singleton_enclaves = false;
  std::optional<std::string> service_access_token{};
  bool operator==(const Security&) const = default;
};

// ---------------------------------------------------------------- the session

struct Session {
  std::string version = "0.3.10";  ///< as written; "" if the file had none (SL-033)
  std::string name{};
  std::optional<std::string> namespace_hash{};
  std::optional<std::string> predecessor{};
  std::optional<std::string> salt{};
  std::vector<Service> services{};
  std::vector<Secret> secrets{};
  std::optional<AkvStore> secret_store{};  ///< absent: values live in the CAS
  std::vector<Volume> volumes{};
  std::vector<Image> images{};
  Setting<AccessPolicy> access_policy{};
  Setting<Security> security{};
  std::optional<Creator> creator{};
  Place place{};

  /// Version 0.1, 0.2 or none: the rules of SL-324 to SL-333 hold too.
  [[nodiscard]] bool legacy() const;
  /// Linear; build an index for many lookups.
  [[nodiscard]] const Secret* find_secret(std::string_view secret) const;
  [[nodiscard]] const Service* find_service(std::string_view service) const;
  [[nodiscard]] const Image* find_image(std::string_view image) const;
  [[nodiscard]] const Volume* find_volume(std::string_view volume) const;
  bool operator==(const Session&) const = default;
};

}  // namespace sconectl::session
