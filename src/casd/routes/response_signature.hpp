// Signed responses (RA-066).
#pragma once

#include <string>
#include <string_view>

#include "casd/identity/identity.hpp"
#include "sconectl/casd/service.hpp"

namespace sconectl::casd {

/// What is signed, one line each: "CAS-Signature v1", the status, path and query as they were sent,
/// the SHA-256 of the body in hex.
[[nodiscard]] std::string signed_text(int status, std::string_view target, std::string_view body);

/// "cas" (the root key) or "cas-software" (the instance's); Error{invalid} for anything else.
[[nodiscard]] Authority parse_signer(std::string_view by);

/// Adds the header `CAS-Signature`. Errors are never signed.
void sign_response(const Store& store, const Identity& identity, Authority by,
                   std::string_view target, Response& response);

}  // namespace sconectl::casd
