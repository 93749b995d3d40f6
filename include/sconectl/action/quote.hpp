// `quote show` and `quote verify`: evidence in files.
#pragma once

#include <filesystem>

#include "sconectl/attest/quote.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::action {

/// A quote as raw bytes, hex or base64. Throws Error{invalid} that names the file.
[[nodiscard]] attest::Quote read_quote(const host::Files& files, const std::filesystem::path& file);

}  // namespace sconectl::action
