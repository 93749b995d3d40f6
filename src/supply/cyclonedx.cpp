// CycloneDX 1.6 (ECMA-424) in JSON.
#include <fmt/core.h>

#include "supply/bom.hpp"
#include "supply/json.hpp"
#include "supply/license.hpp"

namespace sconectl::supply {
namespace {

constexpr const char* image_reference = "image";
constexpr const char* system_reference = "operating-system";

Json hashes(std::string_view sha256) {
  return Json::array({{{"alg", "SHA-256"}, {"content", sha256}}});
}

Json licenses(const std::string& license) {
  if (is_license_id(license)) return Json::array({{{"license", {{"id", license}}}}});
  if (is_license_expression(license)) return Json::array({{{"expression", license}}});
  return Json::array({{{"license", {{"name", license}}}}});
}

Json author(const Person& who) {
  Json result = Json::object();
  if (!who.name.empty()) result["name"] = who.name;
  // The schema wants an address, and there is more than one in some packages.
  const bool proper = who.mail.find_first_of(", <>") == std::string::npos &&
                      who.mail.find('@') != std::string::npos;
  if (proper) result["email"] = who.mail;
  return result;
}

Json occurrences(const std::vector<std::string>& paths) {
  Json list = Json::array();
  for (const std::string& path : paths) list.push_back({{"location", path}});
  return list;
}

/// The scope of a package of npm is its group.
std::pair<std::string, std::string> group_and_name(const Package& package) {
  const std::size_t slash = package.name.find('/');
  if (package.type != PackageType::npm || slash == std::string::npos) {
    return {package.group, package.name};
  }
  return {package.name.substr(0, slash), package.name.substr(slash + 1)};
}

Json package_component(const Package& package, const std::string& id,
                       const Distribution& distribution) {
  const bool is_library = package.type != PackageType::generic;
  Json component{{"type", is_library ? "library" : "application"}, {"bom-ref", id}};
  const std::string supplier = supplier_of(package, distribution);
  if (!supplier.empty()) component["supplier"] = {{"name", supplier}};
  if (const Json who = author(person(package.maintainer)); !who.empty()) {
    component["authors"] = Json::array({who});
  }
  const auto [group, name] = group_and_name(package);
  if (!group.empty()) component["group"] = group;
  component["name"] = name;
  component["version"] = package.version;
  if (!package.sha256.empty()) component["hashes"] = hashes(package.sha256);
  if (!package.license.empty()) component["licenses"] = licenses(package.license);
  if (!package.purl.empty()) component["purl"] = package.purl;
  if (!package.paths.empty()) {
    component["evidence"] = {{"occurrences", occurrences(package.paths)}};
  }
  return component;
}

Json image_component(const Bom& bom) {
  Json component{{"type", "container"}, {"bom-ref", image_reference}};
  if (!bom.supplier.empty()) component["supplier"] = {{"name", bom.supplier}};
  component["name"] = bom.image;
  if (const std::string version = image_version(bom); !version.empty()) {
    component["version"] = version;
  }
  if (bom.digest.starts_with("sha256:")) component["hashes"] = hashes(bom.digest.substr(7));
  component["purl"] = image_purl(bom.image, bom.digest);
  return component;
}

Json system_component(const Distribution& distribution) {
  Json component{
      {"type", "operating-system"}, {"bom-ref", system_reference}, {"name", distribution.id}};
  if (!distribution.version.empty()) component["version"] = distribution.version;
  if (!distribution.name.empty()) component["description"] = distribution.name;
  return component;
}

Json tool(const std::string& version) {
  return {{"components",
           Json::array({{{"type", "application"}, {"name", "sconectl"}, {"version", version}}})}};
}

}  // namespace

std::string cyclonedx_json(const Bom& bom) {
  const auto ids = package_ids(bom.packages);
  Json components = Json::array();
  Json parts = Json::array();
  if (!bom.distribution.id.empty()) {
    components.push_back(system_component(bom.distribution));
    parts.push_back(system_reference);
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    components.push_back(package_component(bom.packages[i], ids[i], bom.distribution));
    parts.push_back(ids[i]);
  }
  Json document{
      {"$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json"},
      {"bomFormat", "CycloneDX"},
      {"specVersion", "1.6"},
      {"serialNumber", ""},
      {"version", 1},
      {"metadata",
       {{"timestamp", time_text(bom.created)},
        {"tools", tool(bom.tool_version)},
        {"component", image_component(bom)}}},
      {"components", std::move(components)},
      {"dependencies", Json::array({{{"ref", image_reference}, {"dependsOn", std::move(parts)}}})}};
  document["serialNumber"] = "urn:uuid:" + content_uuid(compact(document));
  return indented(document);
}

}  // namespace sconectl::supply
