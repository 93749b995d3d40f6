// What may be written into a document out of a file of a stranger.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/supply/package.hpp"

namespace sconectl::supply {

/// Names and versions; the longest that package managers allow are shorter.
inline constexpr std::size_t longest_name = 256;
/// Licences and people.
inline constexpr std::size_t longest_remark = 1'000;

/// UTF-8 without control characters, not empty and not longer than this.
[[nodiscard]] bool is_sound(std::string_view value, std::size_t most_bytes);

/// Sound, as long as a name may be, and without blanks.
[[nodiscard]] bool is_name(std::string_view value);

/// The value, or "" for one that is not sound: for fields that a package can do without.
[[nodiscard]] std::string remark(std::string_view value);

/// What is left out of a file, and why.
void report(diag::Diagnostics& findings, std::string_view path, int line, std::string text);

/// Whether the package has a name and a version; else it is reported.
[[nodiscard]] bool is_package(const Package& package, std::string_view path, int line,
                              diag::Diagnostics& findings);

}  // namespace sconectl::supply
