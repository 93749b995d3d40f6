#include "cli/findings.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace sconectl::cli {

std::string lines_of(const std::vector<action::Finding>& findings) {
  std::string result;
  for (const action::Finding& finding : findings) {
    result += fmt::format("{:8} {}: {}\n", text::word(finding.health), finding.topic, finding.text);
    if (!finding.fix.empty()) result += fmt::format("{:8} fix: {}\n", "", finding.fix);
  }
  return result;
}

nlohmann::json checks_of(const std::vector<action::Finding>& findings) {
  nlohmann::json checks = nlohmann::json::array();
  for (const action::Finding& finding : findings)
    checks.push_back({{"topic", finding.topic},
                      {"health", text::word(finding.health)},
                      {"found", finding.text},
                      {"fix", finding.fix}});
  return checks;
}

bool nothing_is_missing(const std::vector<action::Finding>& findings) {
  return std::none_of(findings.begin(), findings.end(), [](const auto& finding) {
    return finding.health == action::Health::missing;
  });
}

}  // namespace sconectl::cli
