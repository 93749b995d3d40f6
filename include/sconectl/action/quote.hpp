// `quote show` and `quote verify`: evidence in files.
#pragma once

#include <filesystem>
#include <variant>

#include "sconectl/attest/quote.hpp"
#include "sconectl/attest/snp_report.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::action {

using Evidence = std::variant<attest::Quote, attest::SnpReport>;

/// A quote, or a report of an SNP guest (by its size and version), as raw bytes, hex or base64.
/// Throws Error{invalid} that names the file.
[[nodiscard]] Evidence read_evidence(const host::Files& files, const std::filesystem::path& file);

}  // namespace sconectl::action
