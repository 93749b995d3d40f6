// Values of sessions that are kept in a key vault (`store_in: !akv`, SL-194, SL-195).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "casd/secrets/azure_secrets.hpp"
#include "casd/secrets/vault_record.hpp"
#include "casd/store/stored_session.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::casd {

/// The vault of a session, and in whose name it is asked.
struct VaultPlace {
  azure::Vault vault;
  std::shared_ptr<const azure::Application> application;
};

/// Safe to use from several threads.
class VaultStore {
 public:
  /// `azure` must outlive it.
  explicit VaultStore(AzureSecrets& azure) : azure_(azure) {}

  /// Throws Error{refused} or Error{invalid} for a vault that is not asked, Error{invalid} for a
  /// token that is not the session's own.
  [[nodiscard]] VaultPlace place(std::string_view vault, const session::Secret* token) const;

  /// All values of a version, of which the database has the records. All have to be in the vault as
  /// they were stored, so that one which is missing or changed is noticed whatever is read. Throws
  /// Error{refused} that names it, Error{unavailable}.
  [[nodiscard]] SecretValues opened(const VaultPlace& place, const SecretValues& records,
                                    ImportBudget& budget) const;

  /// Puts values into the vault, each under a new name, and returns their records for the database.
  /// If one can not be stored, all are deleted again.
  [[nodiscard]] SecretValues stored(const VaultPlace& place, std::string_view session_hash,
                                    const SecretValues& values, ImportBudget& budget) const;

  /// Deletes them, in the background. What can not be deleted stays in the vault, where nobody can
  /// open it.
  void remove(const VaultPlace& place, const std::vector<std::string>& names) const;

 private:
  AzureSecrets& azure_;
};

}  // namespace sconectl::casd
