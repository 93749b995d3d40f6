// What no TOML has, looked for before the library reads it: its tables of white space do not know
// all letters.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace sconectl::enclave {

/// The first byte that is not ASCII and stands neither in a text nor in a comment (TOML 1.0), as
/// far as the text is TOML.
[[nodiscard]] std::optional<std::size_t> non_ascii_outside_texts(std::string_view toml);

}  // namespace sconectl::enclave
