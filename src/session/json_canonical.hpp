#pragma once

#include <string>

#include "sconectl/yaml/write.hpp"

namespace sconectl::session {

/// RFC 8785. Verbatim scalars get the type that YAML 1.2 core gives them; what JSON can not say
/// (tags, infinity, integers that a double would round) has a form of its own that no user's text
/// can have, because text never holds U+0000.
[[nodiscard]] std::string canonical_json(const yaml::Node& node);

/// YAML 1.2 core reads this plain scalar as text, not as a number, boolean or null.
[[nodiscard]] bool is_core_text(const std::string& plain);

/// A double as ECMAScript prints it (RFC 8785 §3.2.2.3); finite only.
[[nodiscard]] std::string canonical_number(double value);

}  // namespace sconectl::session
