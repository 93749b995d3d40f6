#include "action/attestation.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "sconectl/diag/error.hpp"

namespace sconectl::action {
namespace {

constexpr const char* attestation_variable = "SCONECTL_REQUIRE_ATTESTATION";
constexpr std::array<std::string_view, 4> yes = {"1", "true", "yes", "on"};
constexpr std::array<std::string_view, 4> no = {"0", "false", "no", "off"};

}  // namespace

std::vector<std::string> attestation_demands(const System& system, bool option) {
  std::vector<std::string> result;
  if (option) result.emplace_back("'--require-attestation'");
  const std::string value = system.environment.get_or(attestation_variable, "");
  if (std::find(yes.begin(), yes.end(), value) != yes.end()) {
    result.emplace_back(attestation_variable);
  } else if (!value.empty() && std::find(no.begin(), no.end(), value) == no.end()) {
    throw diag::Error(diag::ErrorKind::usage,
                      fmt::format("{} is '{}': write 1 or 0", attestation_variable, value));
  }
  return result;
}

}  // namespace sconectl::action
