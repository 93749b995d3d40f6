// SPDX 2.3 (https://spdx.github.io/spdx-spec/v2.3/) in JSON.
#include <fmt/format.h>

#include <map>

#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"
#include "supply/bom.hpp"
#include "supply/json.hpp"
#include "supply/license.hpp"

namespace sconectl::supply {
namespace {

constexpr const char* no_assertion = "NOASSERTION";
constexpr const char* image_id = "SPDXRef-Image";
constexpr const char* document_id = "SPDXRef-DOCUMENT";

Json relationship(std::string_view from, std::string_view type, std::string_view to) {
  return {{"spdxElementId", from}, {"relationshipType", type}, {"relatedSpdxElement", to}};
}

/// "Person: Name (mail)". A name with parentheses would be read in another way, and ends there.
std::string actor(std::string_view kind, const Person& who) {
  const std::string& whole = who.name.empty() ? who.mail : who.name;
  const std::string_view name = text::trimmed(text::cut(whole, '(').before);
  if (name.empty()) return no_assertion;
  const bool proper_mail = who.mail.find_first_of("() ") == std::string::npos;
  return who.name.empty() || who.mail.empty() || !proper_mail
             ? fmt::format("{}: {}", kind, name)
             : fmt::format("{}: {} ({})", kind, name, who.mail);
}

/// The distribution for its packages, the author for those of languages.
std::string spdx_supplier(const Package& package, const Distribution& distribution) {
  const std::string supplier = supplier_of(package, distribution);
  return supplier.empty() ? actor("Person", person(package.maintainer))
                          : actor("Organization", {supplier, ""});
}

std::string declared_license(const Package& package, std::map<std::string, std::string>& texts) {
  if (package.license.empty()) return no_assertion;
  if (is_license_expression(package.license)) return package.license;
  std::string reference = license_reference(package.license);
  texts.emplace(reference, package.license);
  return reference;
}

Json purl_reference(std::string_view purl) {
  return {{"referenceCategory", "PACKAGE-MANAGER"},
          {"referenceType", "purl"},
          {"referenceLocator", purl}};
}

/// What every package has to say, in the order in which SPDX lists it.
Json spdx_element(std::string_view id, std::string_view name, std::string_view version) {
  Json element{{"SPDXID", id}, {"name", name}};
  if (!version.empty()) element["versionInfo"] = version;
  element["downloadLocation"] = no_assertion;
  element["filesAnalyzed"] = false;
  element["licenseConcluded"] = no_assertion;
  return element;
}

Json checksum(std::string_view sha256) {
  return Json::array({{{"algorithm", "SHA256"}, {"checksumValue", sha256}}});
}

Json package_element(const Package& package, std::string_view id, const Distribution& distribution,
                     std::map<std::string, std::string>& texts) {
  const std::string name =
      package.group.empty() ? package.name : package.group + ":" + package.name;
  Json element = spdx_element(fmt::format("SPDXRef-Package-{}", id), name, package.version);
  element["supplier"] = spdx_supplier(package, distribution);
  if (!package.maintainer.empty()) {
    element["originator"] = actor("Person", person(package.maintainer));
  }
  element["licenseDeclared"] = declared_license(package, texts);
  element["copyrightText"] = no_assertion;
  if (!package.sha256.empty()) element["checksums"] = checksum(package.sha256);
  if (!package.paths.empty()) {
    element["sourceInfo"] = fmt::format("found in {}", fmt::join(package.paths, ", "));
  }
  if (!package.purl.empty()) element["externalRefs"] = Json::array({purl_reference(package.purl)});
  return element;
}

Json image_element(const Bom& bom) {
  Json element = spdx_element(image_id, bom.image, image_version(bom));
  element["supplier"] =
      bom.supplier.empty() ? no_assertion : actor("Organization", {bom.supplier, ""});
  element["licenseDeclared"] = no_assertion;
  element["copyrightText"] = no_assertion;
  if (bom.digest.starts_with("sha256:")) element["checksums"] = checksum(bom.digest.substr(7));
  element["primaryPackagePurpose"] = "CONTAINER";
  element["externalRefs"] = Json::array({purl_reference(image_purl(bom.image, bom.digest))});
  return element;
}

Json system_element(const Distribution& distribution) {
  Json element = spdx_element("SPDXRef-OperatingSystem", distribution.id, distribution.version);
  const std::string& name = distribution.name.empty() ? distribution.id : distribution.name;
  element["supplier"] = actor("Organization", {name, ""});
  element["licenseDeclared"] = no_assertion;
  element["copyrightText"] = no_assertion;
  element["summary"] = name;
  element["primaryPackagePurpose"] = "OPERATING-SYSTEM";
  return element;
}

Json creators(const Bom& bom) {
  Json list = Json::array({"Tool: sconectl-" + bom.tool_version});
  if (!bom.supplier.empty()) list.push_back(actor("Organization", {bom.supplier, ""}));
  return list;
}

Json extracted_licenses(const std::map<std::string, std::string>& texts) {
  Json list = Json::array();
  for (const auto& [reference, text] : texts) {
    list.push_back({{"licenseId", reference}, {"extractedText", text}, {"name", text}});
  }
  return list;
}

}  // namespace

std::string spdx_json(const Bom& bom) {
  const auto ids = package_ids(bom.packages);
  std::map<std::string, std::string> texts;
  Json packages = Json::array({image_element(bom)});
  Json relationships = Json::array({relationship(document_id, "DESCRIBES", image_id)});
  const auto contain = [&](Json element) {
    relationships.push_back(
        relationship(image_id, "CONTAINS", element["SPDXID"].get<std::string>()));
    packages.push_back(std::move(element));
  };
  if (!bom.distribution.id.empty()) contain(system_element(bom.distribution));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    contain(package_element(bom.packages[i], ids[i], bom.distribution, texts));
  }

  Json document{
      {"spdxVersion", "SPDX-2.3"},
      {"dataLicense", "CC0-1.0"},
      {"SPDXID", document_id},
      {"name", bom.image},
      {"documentNamespace", ""},
      {"creationInfo", {{"created", time_text(bom.created)}, {"creators", creators(bom)}}},
      {"packages", std::move(packages)}};
  if (!texts.empty()) document["hasExtractedLicensingInfos"] = extracted_licenses(texts);
  document["relationships"] = std::move(relationships);
  document["documentNamespace"] = "urn:uuid:" + content_uuid(compact(document));
  return indented(document);
}

}  // namespace sconectl::supply
