// The time that files and images get, instead of that of the clock.
#pragma once

#include <cstdint>
#include <optional>

#include "sconectl/action/system.hpp"

namespace sconectl::action {

/// SOURCE_DATE_EPOCH in seconds since 1970, nothing if it is not set. Error{usage} for what is no
/// such number.
[[nodiscard]] std::optional<std::uint64_t> source_date_epoch(const System& system);

}  // namespace sconectl::action
