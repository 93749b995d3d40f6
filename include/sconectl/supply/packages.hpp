// The packages of a root file system, from the files in which package managers keep their books.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/supply/package.hpp"

namespace sconectl::supply {

/// What there is in a root file system, in a fixed order, without repetitions.
struct Inventory {
  Distribution distribution;
  std::vector<Package> packages;
};

/// Is shown the files of a root file system one after the other, in any order, and keeps no file.
///
/// It reads dpkg's `status` and `status.d` (distroless), apk's `installed`, `os-release`, the
/// metadata of Python packages (dist-info, egg-info), the `package.json` of what is in a
/// `node_modules`, and jars (`pom.properties`, those in the jar too; else the name of the file).
///
/// The files are those of a stranger's image. Whatever they hold, nothing but std::bad_alloc is
/// thrown: a record that can not be read, or that lacks a name or a version, is left out and a
/// warning in findings() names it.
class PackageReader {
 public:
  /// Content that is larger is not read: its file goes to left_out().
  static constexpr std::size_t longest_content = std::size_t{256} << 20U;
  /// Packages after so many are left out, and a finding says so.
  static constexpr std::size_t most_packages = 200'000;

  /// Whether the content of this file matters. `path` is relative to the root; "./" or "/" may
  /// stand before it.
  [[nodiscard]] static bool wants(std::string_view path);

  /// A file that wants() asks for; others are ignored.
  void see(std::string_view path, std::string_view content);
  /// A file that wants() asks for, and whose content is not at hand. Of a jar the name is used.
  void left_out(std::string_view path);

  /// What could not be read, as warnings.
  [[nodiscard]] const diag::Diagnostics& findings() const { return findings_; }
  /// All that was seen, with package URLs. The reader is empty afterwards; its findings stay.
  [[nodiscard]] Inventory finish();

 private:
  void add(std::vector<Package> packages, std::string_view path);

  Distribution distribution_;
  bool has_own_os_release_ = false;  // etc/os-release wins over usr/lib/os-release
  std::vector<Package> packages_;
  diag::Diagnostics findings_;
};

}  // namespace sconectl::supply
