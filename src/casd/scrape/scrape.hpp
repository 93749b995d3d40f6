// What Prometheus reads.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "casd/cas_state.hpp"

namespace sconectl::casd {

/// Everything that this CAS publishes, in the text format 0.0.4. Series are the same from the first
/// scrape on; what is not known is 0. No label holds anything that somebody sent or stored. May
/// wait for the disk.
[[nodiscard]] std::string metrics_text(CasState& state, const ServerReadings& readings,
                                       std::string_view version);

}  // namespace sconectl::casd
