// `apply` of several service manifests: their images are built side by side.
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/action/apply_service.hpp"

namespace sconectl::action {

/// What became of one of several services.
struct ServiceOutcome {
  std::optional<AppliedService> applied;
  std::exception_ptr failure;  ///< neither: another one failed before this one was begun
};

/// All are planned before anything is written, so that mistakes of any come first. Then up to
/// `jobs` (at least 1) work at a time; services that share a name or an image take turns, in the
/// order given. After the first failure none is begun any more; those that have begun are finished.
/// What is told about a service begins with its name if there are several. The target directory is
/// locked meanwhile. Outcomes in the order of `documents`. Throws Error{usage} for options that
/// name one file for all of them.
[[nodiscard]] std::vector<ServiceOutcome> apply_services(System& system,
                                                         const std::vector<Document>& documents,
                                                         const ServiceOptions& options,
                                                         std::size_t jobs);

}  // namespace sconectl::action
