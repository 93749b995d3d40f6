// Who vouches for evidence in `mode: maa`.
#pragma once

#include <string>
#include <string_view>

#include "sconectl/text/address.hpp"

namespace sconectl::azure {

/// A provider of Azure Attestation (azure.md 3). All providers of a region sign with one key, and
/// everybody can open one: it is trusted by its name.
struct AttestationProvider {
  std::string url;  ///< "https://tenant.region.attest.azure.net": lower case, no '/' at the end
  text::Address server;
};

/// The provider that a session names. Which names a session may use is the language's rule
/// (SL-293). Throws Error{invalid} for what is no https URL of a host with the usual port.
[[nodiscard]] AttestationProvider attestation_provider(std::string_view url);

}  // namespace sconectl::azure
