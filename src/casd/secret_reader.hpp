// The value of any secret that a session may use: its own, explicit or generated, and imported
// ones.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "casd/material.hpp"
#include "casd/sessions.hpp"
#include "casd/store.hpp"
#include "sconectl/session/placeholder.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::casd {

/// Reads for one request: values are looked up live (SL-182) and remembered until it ends. Imports
/// are checked at every use (SL-181). Errors say which secret of which session can not be had, and
/// why; never a value.
class SecretReader {
 public:
  SecretReader(Store& store, const Sessions& sessions, crypto::Time now)
      : store_(store), sessions_(sessions), now_(now) {}

  /// The material of a secret of this session, as the session itself may use it.
  [[nodiscard]] MaterialPtr read(const LoadedSession& session, const std::string& secret);
  /// What everybody may read (RA-056, RA-057). A null pointer if the secret is missing, not public
  /// or re-exported from one that is not public: these must not be told apart.
  [[nodiscard]] MaterialPtr read_public(const LoadedSession& session, const std::string& secret);

  /// The formatted value for a placeholder in a command, environment or file (§8).
  [[nodiscard]] crypto::Secret text(const LoadedSession& session,
                                    const session::Placeholder& placeholder);
  /// The value for a placeholder in a configuration section (SL-209, SL-210).
  [[nodiscard]] yaml::Value node(const LoadedSession& session,
                                 const session::Placeholder& placeholder);

  /// A session that is being uploaded: its generated values are not in the store yet.
  void add_unstored(const LoadedSession& session, const SecretValues& values);
  /// Checks every import of a session that is being uploaded (SL-181): Error{invalid} if an
  /// exporter exists and forbids it, a warning if there is no such session yet.
  [[nodiscard]] std::vector<std::string> check_imports(const LoadedSession& session);

 private:
  /// Who looks at a secret of another session.
  struct Importer {
    const LoadedSession* session = nullptr;
    bool passed_on = false;  ///< it exports the secret again: the source must name it (SL-112)
  };
  struct Exported {
    LoadedPtr session;
    const session::Secret* secret = nullptr;
  };

  [[nodiscard]] MaterialPtr own(const LoadedSession& session, const session::Secret& secret);
  [[nodiscard]] MaterialPtr generated(const LoadedSession& session, const session::Secret& secret);
  [[nodiscard]] MaterialPtr imported(const LoadedSession& session, const session::Secret& secret,
                                     const session::SecretImport& import, bool passed_on);
  [[nodiscard]] crypto::Secret token(const LoadedSession& session, const session::Secret& secret,
                                     const session::Jwt& jwt);
  [[nodiscard]] Exported exporter(const Importer& importer, const session::SecretImport& import);
  [[nodiscard]] bool is_public(const LoadedSession& session, const session::Secret& secret,
                               int depth);
  [[nodiscard]] MaterialPtr guarded(const LoadedSession& session, const session::Secret& secret,
                                    bool passed_on);

  Store& store_;
  const Sessions& sessions_;
  crypto::Time now_;
  std::map<std::string, MaterialPtr> known_;
  const LoadedSession* unstored_ = nullptr;
  const SecretValues* unstored_values_ = nullptr;
  /// The secrets that are being read now, outermost first: finds cycles (SL-185).
  std::vector<std::string> path_;
  std::size_t hops_ = 0;
};

}  // namespace sconectl::casd
