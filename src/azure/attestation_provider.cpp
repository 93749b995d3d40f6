#include "sconectl/azure/attestation_provider.hpp"

#include <fmt/format.h>

#include "azure/https_server.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::azure {

AttestationProvider attestation_provider(std::string_view url) {
  constexpr std::uint16_t usual_port = 443;
  auto server = https_server(url);
  if (!server || server->port != usual_port)
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("'{}' is no provider of Azure Attestation; the form is "
                                  "https://TENANT.REGION.attest.azure.net",
                                  url));
  return {"https://" + server->bracketed_host(), *std::move(server)};
}

}  // namespace sconectl::azure
