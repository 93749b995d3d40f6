// What a directory of collateral holds, and until when.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sconectl/attest/verdict.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::collateral {

/// The parts of one kind of platform, of AMD's authorities for a product, or of one chip.
struct Holding {
  std::string name;  ///< below the directory; "." for what lies in it
  std::vector<attest::Validity> parts;
  std::string fault;  ///< why it can not be read; then there are no parts
};

/// Everything in the directory, in the forms of bundle.hpp and snp_source.hpp, sorted by name.
/// Throws Error{unavailable} for no directory, Error{not_found} if it holds nothing.
[[nodiscard]] std::vector<Holding> inventory(const host::Files& files,
                                             const std::filesystem::path& directory);

}  // namespace sconectl::collateral
