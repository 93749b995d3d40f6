// Access rules, enforced.
#pragma once

#include <optional>

#include "casd/routes/access_rules.hpp"

namespace sconectl::casd {

/// Decides by the rule, then lets its function answer. Throws the refusal, and `refusal` tells why;
/// the function was not called then, unless it is Refusal::other. Where waiting is forbidden:
/// nothing, and nothing done, if decision or answer may have to wait.
[[nodiscard]] std::optional<Response> enforce(const AccessRule& rule, CasState& state,
                                              const Call& call, const Request& request,
                                              Waiting waiting, std::optional<Refusal>& refusal);

}  // namespace sconectl::casd
