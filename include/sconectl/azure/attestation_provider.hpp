// Who vouches for evidence in `mode: maa`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sconectl/text/address.hpp"

namespace sconectl::azure {

/// A provider of Azure Attestation (azure.md 3).
struct AttestationProvider {
  std::string url;  ///< "https://tenant.region.attest.azure.net": lower case, no '/' at the end
  text::Address server;
};

/// All providers of a region sign with one key, and everybody can open one: a session's provider
/// is trusted by its name, which has to be one of Azure's.
class AttestationProviders {
 public:
  /// Those of the public clouds, and those whose names end in `more`, as "attest.example.com".
  /// Throws Error{usage} for what is no domain of two parts or more.
  explicit AttestationProviders(const std::vector<std::string>& more = {});

  /// A provider as sessions name it (SL-293): https://TENANT.REGION.attest.azure.net, with or
  /// without '/' at the end. Throws Error{invalid} for another form, Error{refused} for the host
  /// of no known cloud.
  [[nodiscard]] AttestationProvider provider(std::string_view text) const;

 private:
  std::vector<std::string> suffixes_;
};

}  // namespace sconectl::azure
