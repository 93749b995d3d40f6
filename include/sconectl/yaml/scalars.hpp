// Where the scalars of a YAML text stand.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::yaml {

/// A scalar as it stands in the text, with its quotes or its block, without its anchor and tag.
struct ScalarPlace {
  std::size_t begin = 0;  ///< in bytes
  std::size_t end = 0;    ///< behind its last byte; behind the line end for a block
  std::string text;       ///< its meaning
};

/// All scalars of all documents of a YAML text in their order, keys too; up to the first mistake in
/// a text that is no YAML.
[[nodiscard]] std::vector<ScalarPlace> scalar_places(std::string_view text);

}  // namespace sconectl::yaml
