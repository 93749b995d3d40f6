// Which function answers which request, and who may have the answer.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "casd/routes/access_rules.hpp"

namespace sconectl::casd {

enum class Ports { api, enclave, both };

/// A path with a slash at its end matches everything below it (the rest is a session name); another
/// path matches itself, with or without a slash at its end (RA-008).
struct Route {
  Route(Ports where, std::string_view verb, std::string_view at, AccessRule who,
        std::initializer_list<std::string_view> allowed = {})
      : ports(where), method(verb), path(at), rule(who), parameters(allowed) {}

  Ports ports;
  std::string_view method;
  std::string_view path;
  AccessRule rule;
  /// Query parameters that the function understands; others are refused by name.
  std::vector<std::string_view> parameters;
};

[[nodiscard]] std::span<const Route> routes();

/// What requests are counted under: first those for which there is no route, then routes() in their
/// order; what follows a prefix is "*".
[[nodiscard]] std::vector<CasMetrics::RouteLabels> route_labels();

/// Finds the route and lets its rule decide. Throws the Error that the caller gets; `outcome` tells
/// then too which route it was, and why it was a refusal. Where waiting is forbidden: nothing, and
/// nothing done, if the answer may have to wait.
[[nodiscard]] std::optional<Response> answer(CasState& state, const Request& request,
                                             Waiting waiting, Outcome& outcome);

}  // namespace sconectl::casd
