// How `cas serve` is configured: options over a file over defaults.
#pragma once

#include "sconectl/cas/availability_config.hpp"
#include "sconectl/casd/server.hpp"

namespace sconectl::cli {

/// What `given` says, and where it says nothing what `file` says. Of a list, the whole one counts;
/// host names are further ones, from both.
[[nodiscard]] cas::AvailabilityConfig overlaid(cas::AvailabilityConfig given,
                                               const cas::AvailabilityConfig& file);

/// Puts it into `options`, whose values are the defaults; the audit log is up to AuditFlags.
void apply(const cas::AvailabilityConfig& config, casd::ServerOptions& options);

}  // namespace sconectl::cli
