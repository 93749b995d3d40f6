// Intel's Provisioning Certification Service, version 4, and caches that speak like it.
#pragma once

#include <memory>
#include <string>

#include "sconectl/collateral/source.hpp"

namespace sconectl::collateral {

struct ServiceAddress {
  std::string base;      ///< up to and with "/sgx/certification/v4"
  std::string root_crl;  ///< URL of the root's list
  std::string query;     ///< for every request, without its '?'
  host::HttpHeaders headers;
};

[[nodiscard]] ServiceAddress intel_service();
/// The cache on every Azure machine, which answers on a link-local address.
[[nodiscard]] ServiceAddress azure_machine_service();
/// A PCCS. Throws Error{usage} for a URL with a query.
[[nodiscard]] ServiceAddress cache_service(std::string url);

[[nodiscard]] std::unique_ptr<Source> certification_service(ServiceAddress address,
                                                            host::Http& http);

}  // namespace sconectl::collateral
