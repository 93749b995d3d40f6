// Package URLs: percent-encoding as their specification wants it, which keeps colons.
#include <map>

#include "sconectl/supply/package.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/percent.hpp"
#include "sconectl/text/split.hpp"
#include "supply/reference.hpp"

namespace sconectl::supply {
namespace {

using Qualifiers = std::map<std::string, std::string>;  // sorted, as the specification wants it

std::string encoded(std::string_view part) {
  return text::percent_encoded(part, ":");
}

std::string purl_text(std::string_view type, std::string_view group, std::string_view name,
                      std::string_view version, const Qualifiers& qualifiers) {
  std::string result = "pkg:" + std::string(type) + "/";
  if (!group.empty()) result += encoded(group) + "/";
  result += encoded(name);
  if (!version.empty()) result += "@" + encoded(version);
  char separator = '?';
  for (const auto& [key, value] : qualifiers) {
    if (value.empty()) continue;
    result += separator + key + "=" + text::percent_encoded(value, ":/");
    separator = '&';
  }
  return result;
}

/// "debian-12"; without a version just "debian".
std::string distribution_name(const Distribution& distribution) {
  return distribution.version.empty() || distribution.id.empty()
             ? distribution.id
             : distribution.id + "-" + distribution.version;
}

std::string system_purl(const Package& package, const Distribution& distribution) {
  const bool is_apk = package.type == PackageType::apk;
  const std::string usual = is_apk ? "alpine" : "debian";
  std::string upstream = package.source;
  if (!upstream.empty() && !package.source_version.empty())
    upstream += "@" + package.source_version;
  return purl_text(text::word(package.type),
                   text::lower(distribution.id.empty() ? usual : distribution.id),
                   text::lower(package.name), package.version,
                   {{"arch", package.architecture},
                    {"distro", distribution_name(distribution)},
                    {"upstream", upstream}});
}

/// Case does not matter to PyPI, nor whether it is '-' or '_'.
std::string pypi_purl(const Package& package) {
  std::string name = text::lower(package.name);
  for (char& c : name) {
    if (c == '_') c = '-';
  }
  return purl_text("pypi", "", name, package.version, {});
}

/// The scope is the namespace.
std::string npm_purl(const Package& package) {
  const std::string name = text::lower(package.name);
  const std::size_t slash = name.find('/');
  return slash == std::string::npos
             ? purl_text("npm", "", name, package.version, {})
             : purl_text("npm", name.substr(0, slash), name.substr(slash + 1), package.version, {});
}

}  // namespace

std::string purl(const Package& package, const Distribution& distribution) {
  switch (package.type) {
    case PackageType::deb:
    case PackageType::apk:
      return system_purl(package, distribution);
    case PackageType::pypi:
      return pypi_purl(package);
    case PackageType::npm:
      return npm_purl(package);
    case PackageType::maven:
      return purl_text("maven", package.group, package.name, package.version, {});
    case PackageType::generic:
      break;
  }
  const std::string checksum = package.sha256.empty() ? "" : "sha256:" + package.sha256;
  return purl_text("generic", "", package.name, package.version, {{"checksum", checksum}});
}

std::string image_purl(std::string_view reference, std::string_view digest) {
  const Reference parts = parse_reference(reference);
  const std::string repository = parts.registry + "/" + parts.repository;
  const std::string name = text::lower(parts.repository.substr(parts.repository.rfind('/') + 1));
  return purl_text("oci", "", name, digest,
                   {{"repository_url", text::lower(repository)}, {"tag", parts.tag}});
}

}  // namespace sconectl::supply
