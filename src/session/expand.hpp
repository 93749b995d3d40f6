#pragma once

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/session/resolve.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::session {

/// A written tree as a value, all of it at `at`.
[[nodiscard]] yaml::Value value_of(const yaml::Node& node, const diag::Location& at);

/// `section` with every scalar that is a whole placeholder replaced by what `values` gives; a list
/// in the place of a list's member is spliced (SL-086, SL-210). What `values` does not know stays.
[[nodiscard]] yaml::Value expand(const yaml::Value& section, const Values& values,
                                 const std::string& path, diag::Diagnostics& out);

/// A scalar anywhere in it holds a placeholder.
[[nodiscard]] bool holds_placeholder(const yaml::Value& value);
[[nodiscard]] bool section_has_placeholder(const Setting<AccessPolicy>& section);
[[nodiscard]] bool section_has_placeholder(const Setting<Security>& section);

}  // namespace sconectl::session
