// Packages of distributions: the books of dpkg and apk, and what distribution it is.
#pragma once

#include <string_view>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/supply/package.hpp"

namespace sconectl::supply {

/// `var/lib/dpkg/status`: what is installed, and what was removed but for its settings, which is
/// left out. A last record that the end of the file cuts off is reported.
[[nodiscard]] std::vector<Package> read_dpkg_status(std::string_view path, std::string_view content,
                                                    diag::Diagnostics& findings);

/// A file of `var/lib/dpkg/status.d` (distroless): one control file, which says nothing of its
/// state and need not end with a line.
[[nodiscard]] std::vector<Package> read_dpkg_control(std::string_view path,
                                                     std::string_view content,
                                                     diag::Diagnostics& findings);

/// `lib/apk/db/installed`.
[[nodiscard]] std::vector<Package> read_apk_installed(std::string_view path,
                                                      std::string_view content,
                                                      diag::Diagnostics& findings);

/// os-release(5): shell assignments.
[[nodiscard]] Distribution read_os_release(std::string_view content);

}  // namespace sconectl::supply
