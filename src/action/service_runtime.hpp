// Which runtime a service image is built for.
#pragma once

#include "sconectl/action/apply_service.hpp"
#include "sconectl/image/runtime.hpp"
#include "sconectl/manifest/service.hpp"

namespace sconectl::action {

/// What the user says (--runtime, build.runtime, SCONECTL_RUNTIME), else what this machine is set
/// up for (docs/commands.md): then a service without attestation is a warning. Where attestation is
/// demanded a runtime without it is Error{invalid} at the places of the manifest that have a part
/// in this, Error{usage} if it has none.
[[nodiscard]] image::RuntimeChoice service_runtime(System& system, const manifest::Build& build,
                                                   const ServiceOptions& options);

/// Whether SCONE base images are set up, for the engine of `option` (else SCONECTL_ENGINE, else the
/// first that is installed). Configuration alone decides, never whether a download happens to work.
[[nodiscard]] image::SconeImages scone_images(const System& system,
                                              const std::optional<std::string>& option);

}  // namespace sconectl::action
