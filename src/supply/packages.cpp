#include "sconectl/supply/packages.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <tuple>

#include "sconectl/text/split.hpp"
#include "supply/field.hpp"
#include "supply/jar.hpp"
#include "supply/language_packages.hpp"
#include "supply/os_packages.hpp"

namespace sconectl::supply {
namespace {

enum class Book {
  none,
  dpkg_status,
  dpkg_control,
  apk_installed,
  own_os_release,
  os_release,
  python,
  npm,
  pom,
  jar
};

constexpr std::string_view status_folder = "var/lib/dpkg/status.d/";
constexpr std::string_view modules_folder = "node_modules/";

std::string_view relative(std::string_view path) {
  while (path.starts_with("./") || path.starts_with('/')) {
    path.remove_prefix(path.front() == '/' ? 1 : 2);
  }
  return path;
}

bool is_dpkg_control(std::string_view path) {
  return path.starts_with(status_folder) && path.size() > status_folder.size() &&
         path.find('/', status_folder.size()) == std::string_view::npos &&
         !path.ends_with(".md5sums");
}

/// Files of a package manager, not those that a package brings as an example: they stand directly
/// below the folder that is named after the package.
bool is_python_metadata(std::string_view path) {
  return path.ends_with(".dist-info/METADATA") || path.ends_with(".egg-info/PKG-INFO") ||
         path.ends_with(".egg-info");
}

/// "node_modules/NAME/package.json" and "node_modules/@SCOPE/NAME/package.json".
bool is_npm_manifest(std::string_view path) {
  constexpr std::string_view file = "/package.json";
  const std::size_t at = path.rfind(modules_folder);
  if (at == std::string_view::npos || !path.ends_with(file)) return false;
  if (at > 0 && path[at - 1] != '/') return false;
  std::string_view name = path.substr(at + modules_folder.size());
  if (name.size() <= file.size()) return false;
  name.remove_suffix(file.size());
  const auto slashes = std::count(name.begin(), name.end(), '/');
  return slashes == (name.starts_with('@') ? 1 : 0);
}

bool is_pom(std::string_view path) {
  return path.ends_with("/pom.properties") &&
         path.find("META-INF/maven/") != std::string_view::npos;
}

Book book_of(std::string_view path) {
  if (path == "var/lib/dpkg/status") return Book::dpkg_status;
  if (is_dpkg_control(path)) return Book::dpkg_control;
  // Alpine moved it below usr with the rest of lib.
  if (path == "lib/apk/db/installed" || path == "usr/lib/apk/db/installed")
    return Book::apk_installed;
  if (path == "etc/os-release") return Book::own_os_release;
  if (path == "usr/lib/os-release") return Book::os_release;
  if (is_python_metadata(path)) return Book::python;
  if (is_npm_manifest(path)) return Book::npm;
  if (is_pom(path)) return Book::pom;
  return is_jar(path) ? Book::jar : Book::none;
}

std::vector<Package> list_of(std::optional<Package> package) {
  std::vector<Package> packages;
  if (package) packages.push_back(std::move(*package));
  return packages;
}

std::vector<Package> packages_in(Book book, std::string_view path, std::string_view content,
                                 diag::Diagnostics& findings) {
  switch (book) {
    case Book::dpkg_status:
      return read_dpkg_status(path, content, findings);
    case Book::dpkg_control:
      return read_dpkg_control(path, content, findings);
    case Book::apk_installed:
      return read_apk_installed(path, content, findings);
    case Book::python:
      return list_of(read_python_metadata(path, content, findings));
    case Book::npm:
      return list_of(read_npm_manifest(path, content, findings));
    case Book::pom:
      return list_of(read_pom_properties(path, content, findings));
    case Book::jar:
      return read_jar(path, content, findings);
    default:
      return {};
  }
}

auto sort_key(const Package& package) {
  return std::tie(package.type, package.name, package.version, package.architecture, package.group,
                  package.purl, package.sha256);
}

/// Sorted; the same package in several places is one with all of them.
std::vector<Package> merged(std::vector<Package> packages) {
  std::sort(packages.begin(), packages.end(), [](const Package& a, const Package& b) {
    return std::tuple(sort_key(a), std::tie(a.paths)) < std::tuple(sort_key(b), std::tie(b.paths));
  });
  std::vector<Package> result;
  for (Package& package : packages) {
    if (result.empty() || sort_key(result.back()) != sort_key(package)) {
      result.push_back(std::move(package));
      continue;
    }
    auto& paths = result.back().paths;
    std::move(package.paths.begin(), package.paths.end(), std::back_inserter(paths));
  }
  for (Package& package : result) {
    std::sort(package.paths.begin(), package.paths.end());
    package.paths.erase(std::unique(package.paths.begin(), package.paths.end()),
                        package.paths.end());
  }
  return result;
}

}  // namespace

bool PackageReader::wants(std::string_view path) {
  return book_of(relative(path)) != Book::none;
}

void PackageReader::see(std::string_view path, std::string_view content) {
  path = relative(path);
  const Book book = book_of(path);
  if (book == Book::none) return;
  if (content.size() > longest_content) return left_out(path);
  if (book == Book::own_os_release || (book == Book::os_release && !has_own_os_release_)) {
    distribution_ = read_os_release(content);
    has_own_os_release_ = book == Book::own_os_release;
  }
  add(packages_in(book, path, content, findings_), path);
}

void PackageReader::left_out(std::string_view path) {
  path = relative(path);
  const Book book = book_of(path);
  if (book == Book::none) return;
  report(findings_, path, 0,
         book == Book::jar ? "this jar is too large to be read: it is known by its name only"
                           : "this file is too large to be read");
  if (book == Book::jar) add(list_of(package_of_jar_name(path)), path);
}

void PackageReader::add(std::vector<Package> packages, std::string_view path) {
  const std::size_t space = most_packages - packages_.size();
  if (packages.size() > space) {
    report(findings_, path, 0,
           fmt::format("there are more than {} packages: the others are left out", most_packages));
    packages.resize(space);
  }
  const std::string own = is_sound(path, 4'096) ? std::string(path) : std::string();
  for (Package& package : packages) {
    if (package.paths.empty() && !own.empty()) package.paths = {own};
    std::erase_if(package.paths, [](const std::string& one) { return !is_sound(one, 8'192); });
    packages_.push_back(std::move(package));
  }
}

Inventory PackageReader::finish() {
  Inventory inventory{std::move(distribution_), std::move(packages_)};
  for (Package& package : inventory.packages) {
    package.purl = purl(package, inventory.distribution);
  }
  inventory.packages = merged(std::move(inventory.packages));
  distribution_ = {};
  has_own_os_release_ = false;
  packages_.clear();
  return inventory;
}

}  // namespace sconectl::supply
