// Values of a chart before helm sees them.
#pragma once

#include <string>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::mesh {

/// Judges a part of the values by a `values.schema.json` (JSON Schema, draft 7): one error for each
/// key that is not there, with the nearest that is, and for each value of another form. `path` is
/// where the part belongs, for messages ("web.service"). What is `required` may come from the rest
/// of the values. Keywords that our schemas do not use are not looked at: helm does.
void judge_values_by(const yaml::Value& schema, const yaml::Value& values, const std::string& path,
                     diag::Diagnostics& out);

}  // namespace sconectl::mesh
