// What a `{{...}}` of a text is filled from.
#pragma once

#include <string_view>

namespace sconectl::mesh {

/// Whether a `{{...}}` of the text names the variable.
[[nodiscard]] bool fills(std::string_view text, std::string_view name);

}  // namespace sconectl::mesh
