// The values of a session that is being stored, on their way into its key vault (SL-194, SL-195).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "casd/cas_state.hpp"
#include "casd/secrets/vault_store.hpp"

namespace sconectl::casd {

/// The vault has the values before the database has the version, and without the version they are
/// deleted again.
class NewVaultValues {
 public:
  /// Both must outlive it.
  NewVaultValues(CasState& state, SecretReader& reader) : state_(state), reader_(reader) {}
  ~NewVaultValues();
  NewVaultValues(const NewVaultValues&) = delete;
  NewVaultValues& operator=(const NewVaultValues&) = delete;

  /// What the database keeps of them. What the version before has in the same vault stays there as
  /// it is; the rest is put there. Throws as VaultStore::stored().
  [[nodiscard]] SecretValues records(const LoadedSession& fresh, const LoadedSession* before,
                                     const SecretValues& values);
  /// The version is stored.
  void keep() { put_.clear(); }

 private:
  CasState& state_;
  SecretReader& reader_;
  std::optional<VaultPlace> place_;
  std::vector<std::string> put_;  ///< names in the vault
};

}  // namespace sconectl::casd
