// Evidence is refused in two ways and no other.
#pragma once

#include <optional>

#include "require.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::fuzz {

/// What `read` gives; nothing if it refuses.
template <typename Read>
auto judged(Read read) -> std::optional<decltype(read())> {
  try {
    return read();
  } catch (const diag::Error& error) {
    require(error.kind() == diag::ErrorKind::invalid || error.kind() == diag::ErrorKind::refused,
            "what can not be read is invalid, what is not genuine is refused", error.text());
    return std::nullopt;
  }
}

}  // namespace sconectl::fuzz
