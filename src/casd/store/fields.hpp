// Several byte strings in one, for what is stored sealed.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::casd {

/// "size:bytes" for each field, one after the other.
[[nodiscard]] crypto::Secret join_fields(std::initializer_list<std::string_view> fields);
/// The fields again, as views into `joined`. Throws Error{failed} for other text.
[[nodiscard]] std::vector<std::string_view> split_fields(std::string_view joined);
/// As before; there must be `count` of them.
[[nodiscard]] std::vector<std::string_view> split_fields(std::string_view joined,
                                                         std::size_t count);

}  // namespace sconectl::casd
