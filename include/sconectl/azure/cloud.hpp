// Where Azure's services are, and who gives tokens for which of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sconectl/text/address.hpp"

namespace sconectl::azure {

/// A key vault (azure.md 1.5, 2).
struct Vault {
  text::Address server;
  std::string resource;   ///< what a token has to be for: "https://vault.azure.net"
  std::string authority;  ///< who gives it: "https://login.microsoftonline.com"

  [[nodiscard]] std::string url() const { return "https://" + server.authority(); }
  /// Of a token for it.
  [[nodiscard]] std::string scope() const { return resource + "/.default"; }
};

/// A token is worth as much as the secret that it was got with, so it is sent to vaults of known
/// clouds only, and the application's credentials to their authorities only.
class Clouds {
 public:
  /// The public clouds, and those of `more`: "SUFFIX=AUTHORITY" each, as
  /// "vault.example.com=https://login.example.com". Throws Error{usage}.
  explicit Clouds(const std::vector<std::string>& more = {});

  /// A vault as sessions name it: its host, or its https URL with or without '/' at the end.
  /// Throws Error{invalid} for what is neither, Error{refused} for a host of no known cloud.
  [[nodiscard]] Vault vault(std::string_view text) const;
  /// The public cloud's, for a token that no vault says more about.
  [[nodiscard]] Vault usual() const;

 private:
  struct Cloud {
    std::string vault_suffix;
    std::string authority;
  };
  std::vector<Cloud> clouds_;
};

}  // namespace sconectl::azure
