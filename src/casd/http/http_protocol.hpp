// HTTP/1.1 for one side of the service.
#pragma once

#include <memory>

#include "casd/connections/protocol.hpp"
#include "sconectl/casd/service.hpp"

namespace sconectl::casd {

/// `service` must outlive it.
[[nodiscard]] std::shared_ptr<Protocol> http_protocol(Service& service, Port port);

}  // namespace sconectl::casd
