// Waiting for a service that another one needs (`sconectl pod wait`).
#pragma once

#include <chrono>
#include <optional>

#include "sconectl/host/clock.hpp"
#include "sconectl/launch/launch.hpp"
#include "sconectl/text/address.hpp"

namespace sconectl::launch {

/// Returns when the server accepts a connection; says now and then what is missing. Throws
/// Error{unavailable} after `timeout` (nothing: never), and Error{interrupted}.
void wait_for_server(const text::Address& server, std::optional<std::chrono::seconds> timeout,
                     host::Clock& clock, const Report& report);

}  // namespace sconectl::launch
