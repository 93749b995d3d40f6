// Bills of materials: what an image is made of, as SPDX 2.3 and CycloneDX 1.6.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/supply/package.hpp"

namespace sconectl::supply {

/// The inputs are all there is: the same ones give the same bytes.
struct Bom {
  std::string image;     ///< its reference: "registry.local/team/app:1"
  std::string digest;    ///< "sha256:…", or empty where it is not known, as in the image itself
  std::string supplier;  ///< the organization that makes the image; may be empty
  Distribution distribution;
  std::vector<Package> packages;     ///< as PackageReader::finish gives them, and more
  std::chrono::sys_seconds created;  ///< SOURCE_DATE_EPOCH, or the time of the build
  std::string tool_version;          ///< of sconectl
};

/// SPDX 2.3 in JSON: the document DESCRIBES the image, which CONTAINS the packages. The
/// document's namespace is a UUID made from its content. Licences that are no SPDX expression are
/// written as LicenseRefs with their text.
[[nodiscard]] std::string spdx_json(const Bom& bom);

/// CycloneDX 1.6 in JSON: the image is the component of the metadata, and depends on the packages.
/// The serial number is a UUID made from the content.
[[nodiscard]] std::string cyclonedx_json(const Bom& bom);

/// Where each of the two is put as an attestation (in-toto predicate types).
inline constexpr std::string_view spdx_predicate = "https://spdx.dev/Document";
inline constexpr std::string_view cyclonedx_predicate = "https://cyclonedx.org/bom";

}  // namespace sconectl::supply
