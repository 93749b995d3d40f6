// Licences as packages say them, for documents that take SPDX expressions only.
#pragma once

#include <string>
#include <string_view>

namespace sconectl::supply {

/// An SPDX expression of identifiers that are known here ("MIT", "GPL-2.0-only AND BSD-3-Clause").
[[nodiscard]] bool is_license_expression(std::string_view text);

/// One identifier, not an expression.
[[nodiscard]] bool is_license_id(std::string_view text);

/// The name of a licence whose text is not on SPDX's list: "LicenseRef-Public-Domain-0a1b2c3d".
/// Other texts have other names.
[[nodiscard]] std::string license_reference(std::string_view text);

}  // namespace sconectl::supply
