// Findings of `doctor` and `cas doctor`, for people and for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sconectl/action/doctor.hpp"

namespace sconectl::cli {

/// A line each, and one for the fix.
[[nodiscard]] std::string lines_of(const std::vector<action::Finding>& findings);
/// Members topic, health, found, fix.
[[nodiscard]] nlohmann::json checks_of(const std::vector<action::Finding>& findings);
[[nodiscard]] bool nothing_is_missing(const std::vector<action::Finding>& findings);

}  // namespace sconectl::cli
