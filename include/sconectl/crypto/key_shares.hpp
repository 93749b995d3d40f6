// A key of 32 bytes in n shares, of which any m give it back and fewer say nothing about it
// (Shamir).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::crypto {

/// Each is one line, "sconectl-share-1:SET:INDEX-of-N:any-M:HEX:CHECK": SET names the shares that
/// belong together, CHECK tells a mistyped one. Throws Error{invalid} unless 2 <= threshold <=
/// count <= 255.
[[nodiscard]] std::vector<Secret> split_key(std::string_view key, unsigned threshold,
                                            unsigned count);

/// Somebody's share; `name` (of its file) is for messages.
struct NamedShare {
  std::string name;
  Secret text;  ///< the line, and lines with # before it
};
/// In any order. Throws Error{invalid} with every share that is wrong: mistyped, of another set,
/// given twice; and if they are too few, or give another key than the one that was split.
[[nodiscard]] Secret join_key(const std::vector<NamedShare>& shares);

}  // namespace sconectl::crypto
