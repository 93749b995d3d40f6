// TOML and JSON text to the same Values as YAML, for documents that may be written in any of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sconectl/yaml/parse.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::yaml {

/// TOML 1.0. Keys stand in the order of the text; booleans and integers are plain scalars (integers
/// in decimal), text is not, other numbers, dates and times are as TOML would write them. Throws
/// Error{invalid} for broken syntax, of which the first mistake is told, and for a text beyond the
/// limits. No line of the text is ever shown: any value may be a secret.
[[nodiscard]] Value parse_toml(const std::string& name, std::string text,
                               const Limits& limits = {});

enum class Notation { toml, yaml_or_json };

/// By the end of the name (.toml, .json, .yaml, .yml); of other names by the text: the first line
/// that is neither blank nor a comment is a table header or `key = value` in TOML.
[[nodiscard]] Notation notation_of(std::string_view name, std::string_view text);

/// As parse_toml() or parse_document(), by notation_of(). An empty text or one of comments alone is
/// an empty mapping in every notation (CC-047).
[[nodiscard]] Value parse_any_notation(const std::string& name, std::string text,
                                       const Limits& limits = {});

}  // namespace sconectl::yaml
