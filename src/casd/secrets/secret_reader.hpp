// The value of any secret that a session may use: its own, explicit or generated, and imported
// ones.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "casd/secrets/exports.hpp"
#include "casd/secrets/secret_material.hpp"
#include "casd/sessions/session_cache.hpp"
#include "casd/store/store.hpp"
#include "sconectl/session/placeholder.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::casd {

struct CasState;

/// Reads for one request: values are looked up live (SL-182) and remembered until it ends. Imports
/// are checked at every use (SL-181). Errors say which secret of which session can not be had, and
/// why; never a value.
class SecretReader {
 public:
  /// Without `may_wait` a secret of another CAS is not fetched: MustWait is thrown.
  SecretReader(CasState& state, bool may_wait);

  /// The material of a secret of this session, as the session itself may use it.
  [[nodiscard]] SecretMaterialPtr read(const LoadedSession& session, const std::string& secret);
  /// What everybody may read (RA-056, RA-057). A null pointer if the secret is missing, not public
  /// or re-exported from one that is not public: these must not be told apart.
  [[nodiscard]] SecretMaterialPtr read_public(const LoadedSession& session,
                                              const std::string& secret);

  /// A secret of our `session` for a session of another CAS, without what that may not have
  /// (SL-188). `hash`: the version of `session` that the importer pins. Errors do not tell a
  /// missing secret from one that is not exported.
  [[nodiscard]] SecretMaterialPtr read_for(const Importer& importer, bool passed_on,
                                           const std::string& session,
                                           const std::optional<std::string>& hash,
                                           const std::string& secret);

  /// The formatted value for a placeholder in a command, environment or file (SL-115 to SL-174).
  [[nodiscard]] crypto::Secret text(const LoadedSession& session,
                                    const session::Placeholder& placeholder);
  /// The value for a placeholder in a configuration section (SL-209, SL-210).
  [[nodiscard]] yaml::Value node(const LoadedSession& session,
                                 const session::Placeholder& placeholder);

  /// A session that is being uploaded: its generated values are not in the store yet.
  void add_unstored(const LoadedSession& session, const SecretValues& values);
  /// Checks every import of a session that is being uploaded (SL-181): Error{refused} if an
  /// exporter exists and forbids it, a warning if there is no such session yet or its CAS does not
  /// answer.
  [[nodiscard]] std::vector<std::string> check_imports(const LoadedSession& session);

 private:
  /// What an import names.
  struct Wanted {
    std::string session;
    std::optional<std::string> hash;
    std::string secret;
    bool passed_on = false;  ///< the importer exports it again: the source must name it (SL-112)
  };
  struct Exported {
    LoadedSessionPtr session;
    const session::Secret* secret = nullptr;
  };

  [[nodiscard]] SecretMaterialPtr own(const LoadedSession& session, const session::Secret& secret);
  [[nodiscard]] SecretMaterialPtr generated(const LoadedSession& session,
                                            const session::Secret& secret);
  [[nodiscard]] SecretMaterialPtr imported(const LoadedSession& session,
                                           const session::Secret& secret,
                                           const session::SecretImport& import, bool passed_on);
  [[nodiscard]] crypto::Secret token(const LoadedSession& session, const session::Secret& secret,
                                     const session::Jwt& jwt);
  [[nodiscard]] SecretMaterialPtr from_here(const Importer& importer, const Wanted& wanted);
  [[nodiscard]] SecretMaterialPtr from_other_cas(const Importer& importer, const Wanted& wanted,
                                                 const session::RemoteCas& cas);
  [[nodiscard]] Exported exporter(const Importer& importer, const Wanted& wanted);
  [[nodiscard]] bool is_public(const LoadedSession& session, const session::Secret& secret,
                               int depth);
  [[nodiscard]] SecretMaterialPtr guarded(const LoadedSession& session,
                                          const session::Secret& secret, bool passed_on);

  CasState& state_;
  Store& store_;
  const SessionCache& sessions_;
  crypto::Time now_;
  bool may_wait_;
  std::map<std::string, SecretMaterialPtr> known_;
  const LoadedSession* unstored_ = nullptr;
  const SecretValues* unstored_values_ = nullptr;
  /// The secrets that are being read now, outermost first: finds cycles (SL-185).
  std::vector<std::string> path_;
  std::size_t hops_ = 0;
};

}  // namespace sconectl::casd
