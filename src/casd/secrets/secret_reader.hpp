// The value of any secret that a session may use: its own, explicit or generated, and imported
// ones.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "casd/secrets/azure_secrets.hpp"
#include "casd/secrets/certificate_renewal.hpp"
#include "casd/secrets/exports.hpp"
#include "casd/secrets/remote_secrets.hpp"
#include "casd/secrets/secret_material.hpp"
#include "casd/secrets/vault_store.hpp"
#include "casd/sessions/session_cache.hpp"
#include "casd/store/store.hpp"
#include "sconectl/host/clock.hpp"
#include "sconectl/session/placeholder.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::casd {

/// How many sessions a chain of imports may go through (SL-112).
inline constexpr std::size_t most_import_hops = 8;

/// Bytes of values that one request may get: the same secret can be asked for in many places.
inline constexpr std::size_t most_value_bytes = 8UL * 1024 * 1024;

/// Where a SecretReader finds what it reads.
struct SecretSources {
  const Store& store;
  const SessionCache& sessions;
  RemoteSecrets& remote_secrets;
  AzureSecrets& azure;
  CertificateRenewal& renewal;
  const host::Clock& clock;
};

/// What everybody may read of a session (RA-056, RA-057): only SecretReader can make it.
class PublicSecrets {
 public:
  [[nodiscard]] const LoadedSession& session() const { return *session_; }
  [[nodiscard]] const std::vector<const session::Secret*>& secrets() const { return secrets_; }

 private:
  friend class SecretReader;
  PublicSecrets(LoadedSessionPtr session, std::vector<const session::Secret*> secrets)
      : session_(std::move(session)), secrets_(std::move(secrets)) {}

  LoadedSessionPtr session_;
  std::vector<const session::Secret*> secrets_;
};

/// A secret that its session exports to the session of another CAS that asks (SL-188): only
/// SecretReader can make it.
class ExportedSecret {
 public:
  ExportedSecret(ExportedSecret&&) = default;

 private:
  friend class SecretReader;
  ExportedSecret() = default;

  LoadedSessionPtr session_;
  const session::Secret* secret_ = nullptr;
  // What belongs to it may leave too (SL-162, SL-178, SL-183).
  bool with_certificate_key_ = false;
  bool with_pgp_key_ = false;
};

/// Reads for one request: values are looked up live (SL-182) and remembered until it ends. Imports
/// are checked at every use (SL-181). Errors say which secret of which session can not be had, and
/// why; never a value. Reading writes nothing to the database: a certificate that has to be issued
/// anew is left to CertificateRenewal.
class SecretReader {
 public:
  /// `imports`: what the request that it reads for may still ask other CASes.
  SecretReader(const SecretSources& sources, std::shared_ptr<ImportBudget> imports);

  /// The material of a secret of this session, as the session itself may use it.
  [[nodiscard]] SecretMaterialPtr read(const LoadedSession& session, const std::string& secret);
  /// Whether read() may have to wait: for another CAS, or for a certificate that has ended. What it
  /// finds of other sessions stays as it is until this reader ends.
  [[nodiscard]] bool may_wait(const LoadedSession& session, std::string_view secret);

  /// The public secrets of the session, or the one of this name. A secret that is missing, not
  /// public or re-exported from one that is not public is not among them, and these are not told
  /// apart, not even by the time that it takes (RA-016).
  [[nodiscard]] PublicSecrets public_secrets(const LoadedSessionPtr& session,
                                             const std::optional<std::string>& name);

  /// Judges whether our `wanted` may leave for a session of another CAS. Errors do not tell a
  /// missing secret from one that is not exported.
  [[nodiscard]] ExportedSecret exported_secret(const Importer& importer,
                                               const SecretReference& wanted);
  /// Without what the importer may not have.
  [[nodiscard]] SecretMaterialPtr read(const ExportedSecret& exported);

  /// Counts what a request is given. Throws Error{refused} when it is more than most_value_bytes.
  void give(std::size_t bytes);

  /// The formatted value for a placeholder in a command, environment or file (SL-115 to SL-174).
  [[nodiscard]] crypto::Secret text(const LoadedSession& session,
                                    const session::Placeholder& placeholder);
  /// Whether text() gives text, and not bytes of a format that has its own length.
  [[nodiscard]] bool gives_text(const LoadedSession& session,
                                const session::Placeholder& placeholder);
  /// The value for a placeholder in a configuration section (SL-209, SL-210).
  [[nodiscard]] yaml::Value node(const LoadedSession& session,
                                 const session::Placeholder& placeholder);
  /// May node() have to wait?
  [[nodiscard]] bool may_wait(const LoadedSession& session,
                              const session::Placeholder& placeholder);

  // kept_values.cpp
  /// All values of a version, wherever they are kept; `successor` is the version that replaces it,
  /// whose credentials count if it names the same vault. Throws as VaultStore::opened().
  [[nodiscard]] SecretValues stored_values(const LoadedSession& session,
                                           const LoadedSession* successor = nullptr);
  /// The key vault that keeps the values of the session (SL-194), which has one.
  [[nodiscard]] VaultPlace vault_place(const LoadedSession& session);

  /// A session that is being uploaded: its generated values are not in the store yet.
  void add_unstored(const LoadedSession& session, const SecretValues& values);
  void forget_unstored();
  /// Checks every import of a session that is being uploaded (SL-181): Error{refused} if an
  /// exporter exists and forbids it, a warning if there is no such session yet or its CAS does not
  /// answer.
  [[nodiscard]] std::vector<std::string> check_imports(const LoadedSession& session);

  [[nodiscard]] crypto::Time now() const { return now_; }
  [[nodiscard]] const std::shared_ptr<ImportBudget>& imports() const { return imports_; }

 private:
  [[nodiscard]] SecretMaterialPtr own(const LoadedSession& session, const session::Secret& secret);
  [[nodiscard]] SecretMaterialPtr generated(const LoadedSession& session,
                                            const session::Secret& secret);
  [[nodiscard]] crypto::Secret stored_value(const LoadedSession& session,
                                            const session::Secret& secret);
  [[nodiscard]] const SecretValues& vault_values(const LoadedSession& session,
                                                 const LoadedSession* successor = nullptr);
  [[nodiscard]] RenewalJob::Keeper vault_keeper(const LoadedSession& session,
                                                const session::Secret& secret);
  [[nodiscard]] SecretMaterialPtr current(const LoadedSession& session,
                                          const session::Secret& secret, SecretMaterial stored,
                                          const secrets::SiblingLookup& siblings);
  [[nodiscard]] SecretMaterialPtr imported(const LoadedSession& session,
                                           const session::Secret& secret,
                                           const session::SecretImport& import, bool passed_on);
  [[nodiscard]] crypto::Secret token(const LoadedSession& session, const session::Secret& secret,
                                     const session::Jwt& jwt);
  [[nodiscard]] SecretMaterialPtr from_vault(const LoadedSession& session,
                                             const session::Secret& secret,
                                             const session::AkvImport& import);
  [[nodiscard]] SecretMaterialPtr from_other_cas(const Importer& importer,
                                                 const SecretReference& wanted,
                                                 const session::RemoteCas& cas);
  [[nodiscard]] const LoadedSessionPtr& active(const std::string& session);
  [[nodiscard]] bool is_public(const LoadedSession& session, const session::Secret& secret,
                               std::size_t hops);
  [[nodiscard]] SecretMaterialPtr read_once(const LoadedSession& session,
                                            const session::Secret& secret, bool passed_on);

  const SecretSources& sources_;
  std::shared_ptr<ImportBudget> imports_;
  crypto::Time now_;
  std::map<std::string, SecretMaterialPtr> known_;
  /// Other sessions, as they were when they were first asked for.
  std::map<std::string, LoadedSessionPtr> sessions_;
  /// By the version that they belong to.
  std::map<std::string, SecretValues> vault_values_;
  const LoadedSession* unstored_ = nullptr;
  const SecretValues* unstored_values_ = nullptr;
  /// The secrets that are being read now, outermost first: finds cycles (SL-185).
  std::vector<std::string> path_;
  std::size_t hops_ = 0;
  std::size_t given_bytes_ = 0;
};

}  // namespace sconectl::casd
