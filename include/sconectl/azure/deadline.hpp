// Requests to Azure end in bounded time.
#pragma once

#include <chrono>
#include <string_view>

#include "sconectl/host/clock.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::azure {

/// Until when an answer is worth something, on Clock::steady().
using Deadline = std::chrono::steady_clock::time_point;

/// Sends a request of a public service, by the site's proxy, and again when the service says that
/// it is too busy (429, 5xx) and there is time: after what Retry-After says, else after 1, 2, 4 …
/// seconds. Redirects are not followed. The request's body and headers are wiped
/// (what the connection copies of them is not ours). `tls` is for
/// servers that others than the system's authorities vouch for. Returns the last answer. Throws
/// Error{unavailable} that names `service`, also when a single answer does not come in time, and
/// what Http::send throws, within a sentence that names it.
[[nodiscard]] host::HttpResponse send_in_time(host::Http& http, host::Clock& clock,
                                              host::HttpRequest request, std::string_view service,
                                              const Deadline& deadline, const host::Tls& tls = {});

}  // namespace sconectl::azure
