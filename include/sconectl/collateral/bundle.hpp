// Collateral in a directory: for sites without a network, and for what was fetched.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sconectl/attest/collateral.hpp"
#include "sconectl/attest/snp_report.hpp"
#include "sconectl/attest/verdict.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::collateral {

/// How the directory of a kind of platform is called: "sgx-00606a000000-platform".
[[nodiscard]] std::string bundle_name(const attest::CollateralNeed& need);

/// tcbInfo.json, qeIdentity.json, tcbSignChain.pem, rootCaCrl.der, intermediateCaCrl.der and, for
/// quotes without a chain, pckCert.pem and pckSignChain.pem. A file that is not there is missing in
/// the result. Throws Error{unavailable} for no directory.
[[nodiscard]] attest::Collateral read_bundle(const host::Files& files,
                                             const std::filesystem::path& directory);

/// The same files as data; what is missing makes no file.
[[nodiscard]] host::Tree bundle_tree(const attest::Collateral& collateral);

/// For a report of an SNP guest: ark.der, ask.der, asvk.der, vcek.der, vlek.der and crl.der, DER or
/// PEM, and for what is not there the entries of `auxblob`, the table that the host gave. Throws
/// Error{unavailable} for no directory, Error{invalid} for a broken table.
[[nodiscard]] attest::SnpCertificates read_snp_bundle(const host::Files& files,
                                                      const std::filesystem::path& directory);

/// Since when and until when each part counts, the earliest end first. Signatures are not judged.
/// Throws Error{invalid} for a part that can not be read.
[[nodiscard]] std::vector<attest::Validity> validity_of(const attest::Collateral& collateral);

}  // namespace sconectl::collateral
