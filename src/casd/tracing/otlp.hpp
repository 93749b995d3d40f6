// OTLP/HTTP with JSON (OpenTelemetry protocol 1.x).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "casd/tracing/trace.hpp"

namespace sconectl::casd {

/// Who tells it.
struct TraceSource {
  std::string service_name;
  std::string service_version;
  std::string instance_id;
};

/// The body of a POST to `/v1/traces`. `routes` are the labels that Trace::route counts. Texts of
/// `source` need no escape in JSON, and everything else is a constant of the program or a number.
[[nodiscard]] std::string otlp_json(const TraceSource& source, std::span<const Trace> traces,
                                    const std::vector<CasMetrics::RouteLabels>& routes);

}  // namespace sconectl::casd
