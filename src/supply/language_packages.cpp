#include "supply/language_packages.hpp"

#include <fmt/core.h>

#include <array>
#include <utility>

#include "supply/field.hpp"
#include "supply/json.hpp"
#include "supply/paragraphs.hpp"

namespace sconectl::supply {
namespace {

/// Classifiers of PyPI that mean one licence, for packages that say it in no other way.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> classified{{
    {"License :: OSI Approved :: MIT License", "MIT"},
    {"License :: OSI Approved :: Apache Software License", "Apache-2.0"},
    {"License :: OSI Approved :: ISC License (ISCL)", "ISC"},
    {"License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"},
    {"License :: OSI Approved :: Python Software Foundation License", "PSF-2.0"},
    {"License :: OSI Approved :: GNU General Public License v3 (GPLv3)", "GPL-3.0-only"},
    {"License :: OSI Approved :: GNU General Public License v2 or later (GPLv2+)",
     "GPL-2.0-or-later"},
    {"License :: OSI Approved :: The Unlicense (Unlicense)", "Unlicense"},
}};

std::string python_license(const Paragraph& metadata) {
  for (const char* field : {"License-Expression", "License"}) {
    if (std::string stated = remark(metadata.value(field));
        !stated.empty() && stated != "UNKNOWN") {
      return stated;
    }
  }
  for (const auto& [classifier, license] : classified) {
    for (const auto& [field, value] : metadata.fields) {
      if (field == "Classifier" && value.ends_with(classifier)) return std::string(license);
    }
  }
  return {};
}

std::string with_mail(std::string_view name, std::string_view mail) {
  return fmt::format("{} <{}>", name, mail);
}

/// "Name <mail>" of the author, else of the maintainer.
std::string python_author(const Paragraph& metadata) {
  for (const auto& [name, mail] :
       {std::pair{"Author", "Author-email"}, std::pair{"Maintainer", "Maintainer-email"}}) {
    std::string person = remark(metadata.value(name));
    std::string address = remark(metadata.value(mail));
    if (person.empty() || person == "UNKNOWN") {
      if (!address.empty() && address != "UNKNOWN") return address;
    } else if (address.empty() || address == "UNKNOWN" || address.find('<') != std::string::npos) {
      return person;
    } else {
      return with_mail(person, address);
    }
  }
  return {};
}

/// "MIT", or {"type": "MIT"}, or a list of these, which is a choice.
std::string npm_license(const Json& manifest) {
  const auto one = [](const Json& value) {
    return remark(value.is_string() ? value.get<std::string>() : text_member(value, "type"));
  };
  if (const auto stated = manifest.find("license"); stated != manifest.end()) return one(*stated);
  std::string all;
  for (const Json& value : array_member(manifest, "licenses")) {
    const std::string license = one(value);
    if (license.empty()) return {};
    all += (all.empty() ? "" : " OR ") + license;
  }
  return remark(all);
}

/// A text ("Name <mail> (page)") or an object.
std::string npm_author(const Json& manifest) {
  const auto author = manifest.find("author");
  if (author == manifest.end()) return {};
  if (author->is_string()) {
    const std::string text = author->get<std::string>();
    return remark(text.substr(0, text.find(" (")));
  }
  const std::string name = remark(text_member(*author, "name"));
  const std::string mail = remark(text_member(*author, "email"));
  return name.empty() || mail.empty() ? name : with_mail(name, mail);
}

}  // namespace

std::optional<Package> read_python_metadata(std::string_view path, std::string_view content,
                                            diag::Diagnostics& findings) {
  std::optional<Package> found;
  bool empty = true;
  // The first paragraph; the description of the package follows.
  each_paragraph(content, [&](const Paragraph& metadata) {
    empty = false;
    Package package;
    package.type = PackageType::pypi;
    package.name = metadata.value("Name");
    package.version = metadata.value("Version");
    package.license = python_license(metadata);
    package.maintainer = python_author(metadata);
    if (is_package(package, path, metadata.line, findings)) found = std::move(package);
    return false;
  });
  if (empty) report(findings, path, 0, "this metadata of a Python package says nothing");
  return found;
}

std::optional<Package> read_npm_manifest(std::string_view path, std::string_view content,
                                         diag::Diagnostics& findings) {
  const auto manifest = json_object(content);
  if (!manifest) {
    report(findings, path, 0, "this package.json is not JSON, or no object");
    return std::nullopt;
  }
  Package package;
  package.type = PackageType::npm;
  package.name = text_member(*manifest, "name");
  package.version = text_member(*manifest, "version");
  package.license = npm_license(*manifest);
  package.maintainer = npm_author(*manifest);
  if (!is_package(package, path, 0, findings)) return std::nullopt;
  return package;
}

}  // namespace sconectl::supply
