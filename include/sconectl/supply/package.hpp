// What an image is made of: one installed package, the distribution it belongs to, and its name for
// other tools, the package URL.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sconectl/text/words.hpp"

namespace sconectl::supply {

/// The words are the types of package URLs.
enum class PackageType { deb, apk, pypi, npm, maven, generic };
[[nodiscard]] constexpr auto words_of(PackageType) {
  return text::words<PackageType::generic>("deb", "apk", "pypi", "npm", "maven", "generic");
}

/// What `os-release` says; all empty for an image without a distribution.
struct Distribution {
  std::string id;        ///< "debian"
  std::string version;   ///< VERSION_ID: "12"
  std::string codename;  ///< VERSION_CODENAME: "bookworm"
  std::string name;      ///< PRETTY_NAME: "Debian GNU/Linux 12 (bookworm)"

  bool operator==(const Distribution&) const = default;
};

/// All texts are UTF-8 without control characters; what is not known is empty.
struct Package {
  PackageType type = PackageType::generic;
  std::string name;   ///< npm: with its scope, "@angular/core"; maven: the artifact id
  std::string group;  ///< maven: the group id
  std::string version;
  std::string architecture;        ///< in the words of the distribution: "amd64", "x86_64"
  std::string license;             ///< as the package says it, which need not be an SPDX expression
  std::string maintainer;          ///< its maintainer or author: "Name <mail>"
  std::string source;              ///< deb, apk: the source package, where it has another name
  std::string source_version;      ///< deb: the version of that, where it differs
  std::string purl;                ///< see purl(); filled in by PackageReader::finish
  std::vector<std::string> paths;  ///< where it was seen, relative to the root
  std::string sha256;              ///< of the file that the package is, 64 lower-case hex digits
  bool operator==(const Package&) const = default;
};

/// The package URL (https://github.com/package-url/purl-spec) of a package:
/// "pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12". A source package of another name is
/// in the qualifier `upstream`, where scanners look for what Debian's advisories are about.
[[nodiscard]] std::string purl(const Package& package, const Distribution& distribution);

/// The package URL of an image:
/// "pkg:oci/app@sha256:…?repository_url=registry.local/team/app&tag=1". `digest` may be empty.
[[nodiscard]] std::string image_purl(std::string_view reference, std::string_view digest);

}  // namespace sconectl::supply
