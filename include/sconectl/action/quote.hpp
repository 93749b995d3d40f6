// `quote show` and `quote verify`: evidence in files.
#pragma once

#include <filesystem>

#include "sconectl/attest/collateral.hpp"
#include "sconectl/attest/quote.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::action {

/// A quote as raw bytes, hex or base64. Throws Error{invalid} that names the file.
[[nodiscard]] attest::Quote read_quote(const host::Files& files, const std::filesystem::path& file);

/// A directory with tcbInfo.json, qeIdentity.json, tcbSignChain.pem, rootCaCrl.der,
/// intermediateCaCrl.der and, for quotes without a chain, pckCert.pem and pckSignChain.pem; a file
/// that is not there is missing in the result. Throws Error{unavailable} for no directory.
[[nodiscard]] attest::Collateral read_collateral(const host::Files& files,
                                                 const std::filesystem::path& directory);

}  // namespace sconectl::action
