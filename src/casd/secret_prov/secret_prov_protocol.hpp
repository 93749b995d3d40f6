// Gramine's secret provisioning (secret_prov), version 1: an enclave shows a certificate with a
// quote, asks with 35 bytes, and gets one secret.
#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <vector>

#include "casd/connections/protocol.hpp"
#include "casd/secret_prov/listeners.hpp"
#include "sconectl/casd/service.hpp"

namespace sconectl::casd {

/// For one address. `service` and `log` must outlive it.
[[nodiscard]] std::shared_ptr<Protocol> secret_prov_protocol(Service& service,
                                                             std::vector<SecretListener> of_address,
                                                             spdlog::logger& log);

}  // namespace sconectl::casd
