// JSON of Azure's services: bounded, without members that stand there twice.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "sconectl/crypto/secret.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::azure {

using Json = nlohmann::json;

/// An object. `what` names it in errors, which never show a value. Throws Error{invalid} for what
/// is no JSON object, nests deeply, or repeats a member.
[[nodiscard]] Json parse_json(std::string_view text, std::string_view what);

/// A member that is text, "" if it is not there. Throws Error{invalid} for another type.
[[nodiscard]] std::string text_or_none(const Json& object, const char* key, std::string_view what);

/// Takes a member that is text out of the object; its memory is wiped with the result. Throws
/// Error{invalid}.
[[nodiscard]] crypto::Secret take_secret(Json& object, const char* key, std::string_view what);

}  // namespace sconectl::azure
