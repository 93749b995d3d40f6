#include "casd/server/exposure.hpp"

#include <algorithm>

#include "casd/secret_prov/listeners.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/address.hpp"

namespace sconectl::casd {

namespace {

/// For the certificate.
void add_names(const std::vector<std::string>& addresses, std::vector<std::string>& names) {
  for (const auto& address : addresses) {
    auto host = address.substr(0, address.rfind(':'));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (!host.empty() && host != "0.0.0.0" && host != "::") names.push_back(host);
  }
}

bool is_beyond(const std::string& address) {
  return !text::is_loopback(
      text::parse_address(address, {.otherwise = std::nullopt, .least = 0}).host);
}

}  // namespace

void add_listen_names(const ServerOptions& options, std::vector<std::string>& names) {
  add_names(options.api_listen, names);
  add_names(options.enclave_listen, names);
}

bool metrics_beyond_loopback(const ServerOptions& options) try {
  return !options.metrics_listen.empty() && is_beyond(options.metrics_listen);
} catch (const diag::Error&) {
  return true;
}

bool beyond_loopback(const ServerOptions& options) try {
  const auto any = [&](const std::vector<std::string>& addresses) {
    return std::any_of(addresses.begin(), addresses.end(), is_beyond);
  };
  const auto listeners = parse_secret_listeners(options.secret_prov);
  return any(options.api_listen) || any(options.enclave_listen) ||
         std::any_of(listeners.begin(), listeners.end(),
                     [](const auto& listener) { return is_beyond(listener.first); });
} catch (const diag::Error&) {
  return true;
}

bool demands_owner(const ServerOptions& options) {
  return !options.allow_unprovisioned && !options.owner && beyond_loopback(options);
}

}  // namespace sconectl::casd
