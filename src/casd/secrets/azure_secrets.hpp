// Values that live in Azure: tokens of Entra ID and secrets of key vaults (SL-163, SL-164, SL-190).
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "casd/secrets/import_budget.hpp"
#include "casd/secrets/import_sources.hpp"
#include "casd/secrets/secret_material.hpp"
#include "casd/waiting/fair_threads.hpp"
#include "sconectl/azure/cloud.hpp"
#include "sconectl/azure/key_vault.hpp"
#include "sconectl/host/clock.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::casd {

/// Threads of its own ask the vaults; whoever wants a value waits no longer than the budget of his
/// request, and what comes later is there for the next attempt. Safe to use from several threads.
class AzureSecrets {
 public:
  /// `http` may be a null pointer: then nothing can be asked. `clouds` as azure::Clouds takes them;
  /// `sources`: which vaults, and without a vault which authorities, may be asked.
  AzureSecrets(host::Http* http, host::Clock& clock, const std::vector<std::string>& clouds,
               ImportSources sources);

  /// False: nothing can be asked.
  [[nodiscard]] bool connected() const { return vaults_.has_value(); }
  /// What of a session can never work (vaults of unknown clouds, thumbprints that are none), a text
  /// for each.
  [[nodiscard]] std::vector<std::string> faults(const session::Session& session) const;

  /// The vault that a token is for: that of the session's first import with it, else the public
  /// cloud's.
  [[nodiscard]] azure::Vault vault_of(const session::Session& session,
                                      const session::Secret& token) const;

  /// A token, for whoever uses it. Throws Error{unavailable}, Error{refused} with Entra ID's
  /// reason.
  [[nodiscard]] SecretMaterial token(const azure::Vault& vault, const session::AadToken& token,
                                     ImportBudget& budget);
  /// The newest value. Throws Error{unavailable}, Error{refused} with the vault's reason,
  /// Error{not_found}.
  [[nodiscard]] SecretMaterial secret(const session::Secret& secret, const session::AadToken& token,
                                      const crypto::Secret* decryption_key, ImportBudget& budget);

  // For VaultStore:
  /// A vault that may be asked. Throws as azure::Clouds::vault(), Error{refused}.
  [[nodiscard]] azure::Vault vault(std::string_view text) const;
  /// Until when answers are waited for. Throws Error{unsupported}, Error{unavailable}.
  [[nodiscard]] azure::Deadline deadline(ImportBudget& budget) const;
  [[nodiscard]] std::chrono::steady_clock::duration time_left(const azure::Deadline& until) const;
  /// Work that asks this vault, in a thread. Throws Error{unavailable} if there is too much of it.
  void start(const std::string& vault, std::function<void()> work);
  [[nodiscard]] std::shared_future<azure::VaultSecretPtr> ask(
      const azure::Vault& vault, const std::string& name,
      const std::shared_ptr<const azure::Application>& application);
  [[nodiscard]] azure::VaultSecretPtr in_time(
      const std::shared_future<azure::VaultSecretPtr>& answer, const azure::Deadline& until,
      const azure::Vault& vault, std::string_view name) const;
  /// As azure::KeyVaults::store(), by the caller.
  [[nodiscard]] std::string put(const azure::Vault& vault, const std::string& name,
                                const azure::NewVaultValue& value,
                                const azure::Application& application,
                                const azure::Deadline& until);
  /// Tries to delete a secret, by the caller.
  void remove(const azure::Vault& vault, const std::string& name,
              const azure::Application& application);

 private:
  static constexpr std::size_t most_threads = 64;
  /// So that a vault which hangs leaves threads to the others.
  static constexpr std::size_t most_of_one_vault = 8;
  /// Questions that are asked or wait for their turn: of one vault (a session has at most 100
  /// values in one), and of all.
  static constexpr std::size_t most_open_of_one = 128;
  static constexpr std::size_t most_open = 1'024;

  void answered(const std::string& vault);
  void refuse_if_not_allowed(const cas::Address& address) const;

  const azure::Clouds clouds_;
  const ImportSources sources_;
  host::Clock& clock_;
  std::optional<azure::KeyVaults> vaults_;
  std::mutex open_mutex_;
  std::map<std::string, std::size_t> open_;  ///< questions by vault
  std::size_t all_open_ = 0;
  /// The last member: what they do uses the others.
  FairThreads threads_{most_threads, 0, most_of_one_vault};
};

}  // namespace sconectl::casd
