// What other programs tell `doctor`: by exit status and by what they print for machines.
#pragma once

#include <optional>
#include <string>

#include "sconectl/action/doctor.hpp"

namespace sconectl::action {

/// `name`: the engine that was asked for; nothing: the first that is installed.
[[nodiscard]] EngineFacts engine_facts(System& system, const std::optional<std::string>& name);
/// Runs this program in a container of an image that is there, and asks the engine to remove it.
[[nodiscard]] ContainerTrial container_trial(System& system, const EngineFacts& engine);
[[nodiscard]] ProgramFacts kubectl_facts(host::Processes& processes);
[[nodiscard]] ProgramFacts helm_facts(host::Processes& processes);
/// Through kubectl, so with the cluster and the credentials that it uses. Its cache of kinds is not
/// touched: every question is a path.
[[nodiscard]] ClusterFacts cluster_facts(host::Processes& processes, const std::string& name_space);

}  // namespace sconectl::action
