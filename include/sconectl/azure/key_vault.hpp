// Secrets of a key vault (azure.md 2).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sconectl/azure/cloud.hpp"
#include "sconectl/azure/deadline.hpp"
#include "sconectl/azure/token.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::azure {

struct VaultSecret {
  crypto::Secret value;      ///< as the vault has it
  std::string content_type;  ///< "Type" in the portal, or ""
  std::string version;       ///< 32 hex digits
};
using VaultSecretPtr = std::shared_ptr<const VaultSecret>;

/// To be stored.
struct NewVaultValue {
  std::string text;  ///< at most largest_vault_value
  std::string content_type;
};
/// Bytes of a value (azure.md 2).
inline constexpr std::size_t largest_vault_value = std::size_t{25} << 10U;

/// Whether a vault can have a secret of this name: 1 to 127 letters, digits and '-'.
[[nodiscard]] bool is_secret_name(std::string_view name);

/// Reads and stores secrets with tokens of applications, and keeps what it read and tokens for a
/// while: many services that start
/// at once cost one request. Safe to use from several threads.
class KeyVaults {
 public:
  struct Options {
    std::chrono::seconds fresh{30};     ///< for how long a value is given without asking
    std::chrono::seconds patience{30};  ///< for one answer, its token and what is repeated included
  };
  /// All must outlive it, and all work that it starts.
  KeyVaults(host::Http& http, host::Clock& clock, Options options)
      : http_(http), clock_(clock), options_(options), tokens_(http, clock) {}

  /// The newest version of a secret. The answer throws Error{refused} that names the vault, the
  /// secret and the right that is missing (or why it is not given), Error{not_found},
  /// Error{unavailable} if there is none in time, and as request_token(). No error shows a value or
  /// a token.
  [[nodiscard]] std::shared_future<VaultSecretPtr> secret(
      const Vault& vault, const std::string& name,
      const std::shared_ptr<const Application>& application, const Start& start);
  /// Stores a secret, or a new version of it, and returns the version's name; by the caller. Throws
  /// as secret().
  [[nodiscard]] std::string store(const Vault& vault, const std::string& name,
                                  const NewVaultValue& value, const Application& application,
                                  const Deadline& deadline);
  /// Deletes a secret with all versions; the vault keeps it for a while, where it can be recovered.
  void remove(const Vault& vault, const std::string& name, const Application& application,
              const Deadline& deadline);
  /// A token for the vault, asked for by the caller. Throws as request_token().
  [[nodiscard]] TokenPtr token(const Vault& vault, const Application& application,
                               const Deadline& deadline) {
    return tokens_.token(application, vault.authority, vault.scope(), deadline);
  }

 private:
  [[nodiscard]] VaultSecret fetched(const Vault& vault, const std::string& name,
                                    const Application& application);
  template <typename Ask>
  auto with_token(const Vault& vault, const Application& application, const Deadline& deadline,
                  Ask ask);

  host::Http& http_;
  host::Clock& clock_;
  const Options options_;
  TokenCache tokens_;
  SharedAnswers<VaultSecret> secrets_;
};

}  // namespace sconectl::azure
