#include "casd/metrics/cas_metrics.hpp"

#include <algorithm>

namespace sconectl::casd {

namespace {

StatusClass class_of_status(int status) {
  switch (status / 100) {
    case 2:
      return StatusClass::success;
    case 4:
      return StatusClass::client_error;
    case 5:
      return StatusClass::server_error;
    default:
      return StatusClass::other;
  }
}

}  // namespace

void CasMetrics::count_request(std::size_t route, int status, std::chrono::nanoseconds took) {
  auto& counts = of_route[route < of_route.size() ? route : 0];
  counts.by_class[class_of_status(status)].add();
  counts.durations.observe(took);
  const auto* const known = std::find(statuses.begin(), statuses.end(), status);
  by_status[static_cast<std::size_t>(known - statuses.begin())].add();
}

}  // namespace sconectl::casd
