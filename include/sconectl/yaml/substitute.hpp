// `$NAME` and `${NAME}` in the scalars of a parsed document (CL-037 ... CL-051).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::yaml {

/// The value of a variable, or nothing if it is not defined.
using Variables = std::function<std::optional<std::string>(std::string_view name)>;

struct SubstituteOptions {
  /// Also replace in mapping keys (manifests were written for envsubst; CL-039 forbids it in
  /// sessions).
  bool keys = false;
};

/// The same document with every `$NAME` and `${NAME}` of its scalar values replaced, left to right
/// and once. `$$` is one token: `$$SCONE::` and its closing `$$` stay, names inside are replaced
/// (CL-043); `\$` is a literal `$` (CL-046); a lone `$` stays. The result is text, never YAML
/// structure; a plain or quoted value that becomes exactly `~` is null (CL-041). Every variable
/// without a value is an error at its place that names the variable and the flags that give it one.
[[nodiscard]] Value substitute(const Value& document, const Variables& variables,
                               diag::Diagnostics& out, const SubstituteOptions& options = {});

/// The text of a template, before it is parsed, with lines that are only `$NAME` moved into the
/// literal block (`content: |`) that they follow (CL-044): public templates write them at the left
/// edge, where YAML would end the block. Lines keep their numbers.
[[nodiscard]] std::string with_variable_lines_in_blocks(std::string text);

}  // namespace sconectl::yaml
