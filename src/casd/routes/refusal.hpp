// Refusals that are made before a route's function is called.
#pragma once

#include <chrono>
#include <string>

#include "sconectl/cas/wire.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

/// An error body with a status that no ErrorKind stands for: 405, 408, 413, 415, 431 (RA-017).
[[nodiscard]] Response refusal(int status, std::string text);
/// With the time after which it may go better, where there is one (503, 429).
[[nodiscard]] Response refusal(int status, const cas::ErrorBody& body);

/// RA-019, for an address that sends too much.
[[nodiscard]] Response too_many_requests(std::chrono::seconds wait);

/// Of an id that nobody was given, or that was forgotten (RA-092).
[[nodiscard]] diag::Error no_such_denial();

/// CC-054.
[[nodiscard]] diag::Error not_provisioned();

/// Missing and hidden secrets alike (RA-056).
[[nodiscard]] diag::Error secret_not_public(const cas::ValuesQuery& query);

}  // namespace sconectl::casd
