// YAML text to Values.
#pragma once

#include <string>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::yaml {

/// Bounds for hostile input (SL-002, SL-010).
struct Limits {
  std::size_t bytes = 4UL * 1024 * 1024;
  /// Nodes when aliases are written out: stops alias bombs.
  std::size_t nodes = 2'000'000;
};

/// All documents of a text. Duplicate keys, merge keys (`<<`), keys that are not scalars, NUL
/// bytes, text that is not UTF-8, recursive aliases and broken syntax are errors in `out`; what
/// could not be read is left out of the result. Plain aliases share their node.
[[nodiscard]] std::vector<Value> parse_documents(std::string name, std::string text,
                                                 diag::Diagnostics& out, const Limits& limits = {});

/// Exactly one document. Throws Error{invalid} with everything that is wrong, also for an empty
/// text.
[[nodiscard]] Value parse_document(const std::string& name, std::string text,
                                   const Limits& limits = {});

}  // namespace sconectl::yaml
