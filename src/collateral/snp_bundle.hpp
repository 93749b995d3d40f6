// AMD's certificates in a directory.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sconectl/attest/snp_verdict.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::collateral {

/// "vcek/CHIP_ID/bl04_tee00_snp24_ucode219_vcek.der"
[[nodiscard]] std::filesystem::path vcek_path(const attest::SnpNeed& need);

/// All but the table; a file that is not there is missing in the result.
[[nodiscard]] attest::SnpCertificates read_certificates(const host::Files& files,
                                                        const std::filesystem::path& directory);
[[nodiscard]] host::Tree authorities_tree(const attest::SnpCertificates& certificates);

}  // namespace sconectl::collateral
