// Why a key vault does not do what it was asked (azure.md 2.2).
#pragma once

#include <string>
#include <string_view>

#include "sconectl/azure/cloud.hpp"
#include "sconectl/azure/token.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::azure {

/// What an application needs for a request.
struct VaultRight {
  std::string_view word;  ///< of an access policy: "get"
  std::string_view role;  ///< that has it: "Key Vault Secrets User"
};
inline constexpr VaultRight may_get{"get", "Key Vault Secrets User"};
inline constexpr VaultRight may_set{"set", "Key Vault Secrets Officer"};
inline constexpr VaultRight may_delete{"delete", "Key Vault Secrets Officer"};

/// The token was not good, and another may be.
struct Unauthorized {
  std::string tenant;  ///< that the vault takes tokens of, if it says so

  /// The refusal when another was not good either.
  [[nodiscard]] diag::Error error(const Application& application) const;
};

/// For an answer with another status than 200. Throws Unauthorized, else an Error in words.
[[noreturn]] void refused_by_vault(const host::HttpResponse& response, const VaultRight& right);

/// The error with the names of vault and secret; a fault of the vault is one that may pass.
[[nodiscard]] diag::Error within_secret(const diag::Error& error, const Vault& vault,
                                        std::string_view name, std::string_view what);

}  // namespace sconectl::azure
