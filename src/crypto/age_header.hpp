// The header of a file of age: who gets its key.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/age.hpp"

namespace sconectl::crypto {

inline constexpr std::size_t age_file_key = 16;

/// The header for a file key, from its first line to the end of the last.
[[nodiscard]] std::string age_header(std::string_view file_key,
                                     const std::vector<std::string>& recipients);
/// How long the header at the beginning of `bytes` is; nothing: it goes on.
[[nodiscard]] std::optional<std::size_t> age_header_size(std::string_view bytes);
/// The file key. Keys in hardware are asked last, and only for what is tagged as theirs. Throws
/// Error{invalid} for what is no header, Error{refused} if no identity opens it or it was changed,
/// and what P256Key throws.
[[nodiscard]] Secret open_age_header(std::string_view header, const AgeIdentities& identities);

}  // namespace sconectl::crypto
