// PEM blocks (RFC 7468), read leniently about white space and strictly about everything else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::crypto {

struct PemBlock {
  std::string label;  // "CERTIFICATE", "PRIVATE KEY", ...
  Secret der;
};

/// The next block of `rest`, which is moved behind it; nothing if there is none. Throws
/// Error{invalid} for a block that does not end or is not base64. A block with headers (old
/// encrypted keys) has an empty `der`.
[[nodiscard]] std::optional<PemBlock> next_pem_block(std::string_view& rest);

/// The first block; Error{invalid} that says `what` was expected if there is none.
[[nodiscard]] PemBlock first_pem_block(std::string_view pem, std::string_view what);

/// 64 columns, LF, a newline at the end.
[[nodiscard]] Secret pem_text(std::string_view label, std::string_view der);

}  // namespace sconectl::crypto
