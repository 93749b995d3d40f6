// KYAML, the form of YAML in which kubectl prints since 1.34: braces and brackets, every text in
// double quotes, so that no reader takes text for anything else.
#pragma once

#include <string>

namespace sconectl::yaml {

/// The documents of a YAML text (`name` is for messages) as KYAML, in their order; empty ones are
/// left out, and so are comments. Scalars without quotes that a YAML reader may take for a number,
/// a truth value or nothing stay as they are. Throws Error{invalid} for what is not YAML.
[[nodiscard]] std::string kyaml_of(const std::string& name, std::string text);

}  // namespace sconectl::yaml
