// The parts of diagnose().
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "sconectl/action/doctor.hpp"

namespace sconectl::action {

using Findings = std::vector<Finding>;
using MajorMinor = std::pair<unsigned, unsigned>;

/// The first two numbers of "v1.32.4-x", "3.8", "1.41"; nothing for other text.
[[nodiscard]] std::optional<MajorMinor> major_minor(std::string_view version);

/// What it is to lack something.
[[nodiscard]] Health demanded(bool needed);

/// kubectl, helm, envsubst, the cluster, and what its platform says.
void diagnose_cluster(const DoctorFacts& facts, const DoctorOptions& options, Findings& out);

}  // namespace sconectl::action
