// JSON that others wrote, and ours, whose members keep the order in which they are put.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace sconectl::supply {

using Json = nlohmann::ordered_json;

/// An object; nothing for everything else and for what is not UTF-8.
[[nodiscard]] std::optional<Json> json_object(std::string_view text);

/// As json_object(), with Error{invalid} that says `what` it is not.
[[nodiscard]] Json parse_object(std::string_view text, std::string_view what);

/// A text or object or array that is a member, and an empty one where there is none.
[[nodiscard]] std::string text_member(const Json& object, const char* name);
[[nodiscard]] const Json& object_member(const Json& object, const char* name);
[[nodiscard]] const Json& array_member(const Json& object, const char* name);

/// Without blanks. Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string compact(const Json& value);
/// Two blanks for each level and a newline at the end.
[[nodiscard]] std::string indented(const Json& value);

}  // namespace sconectl::supply
