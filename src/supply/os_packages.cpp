#include "supply/os_packages.hpp"

#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"
#include "supply/field.hpp"
#include "supply/paragraphs.hpp"

namespace sconectl::supply {
namespace {

constexpr std::string_view cut_off = "the file ends within this record, which is left out";

/// "glibc (2.36-9)": the source package and, where it differs from that of the package, its
/// version.
void set_source(Package& package, std::string_view field) {
  const text::Cut parts = text::cut(field, '(');
  const std::string_view name = text::trimmed(parts.before);
  if (!is_name(name)) return;
  if (name != package.name) package.source = name;
  const std::string_view version = text::cut(parts.after.value_or(""), ')').before;
  if (is_name(version) && version != package.version) {
    package.source = name;
    package.source_version = version;
  }
}

Package deb_package(const Paragraph& record) {
  Package package;
  package.type = PackageType::deb;
  package.name = record.value("Package");
  package.version = record.value("Version");
  package.architecture = remark(record.value("Architecture"));
  package.maintainer = remark(record.value("Maintainer"));
  set_source(package, record.value("Source"));
  return package;
}

/// "install ok installed": what was wanted, an error, the state.
bool is_installed(std::string_view status) {
  const auto words = text::words_in(status);
  return words.size() == 3 && words[2] == "installed";
}

Package apk_package(const Paragraph& record) {
  Package package;
  package.type = PackageType::apk;
  package.name = record.value("P");
  package.version = record.value("V");
  package.architecture = remark(record.value("A"));
  package.license = remark(record.value("L"));
  package.maintainer = remark(record.value("m"));
  const std::string_view origin = record.value("o");
  if (is_name(origin) && origin != package.name) package.source = origin;
  return package;
}

/// The value of a shell assignment without what quotes it.
std::string unquoted(std::string_view value) {
  value = text::trimmed(value);
  const char quote = value.empty() ? '\0' : value.front();
  if (value.size() >= 2 && (quote == '"' || quote == '\'') && value.back() == quote) {
    value = value.substr(1, value.size() - 2);
  }
  std::string result;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && quote != '\'' && i + 1 < value.size()) ++i;
    result += value[i];
  }
  return remark(result);
}

}  // namespace

std::vector<Package> read_dpkg_status(std::string_view path, std::string_view content,
                                      diag::Diagnostics& findings) {
  std::vector<Package> packages;
  each_paragraph(content, [&](const Paragraph& record) {
    if (!record.ended) {
      report(findings, path, record.line, std::string(cut_off));
    } else if (is_installed(record.value("Status"))) {
      Package package = deb_package(record);
      if (is_package(package, path, record.line, findings)) packages.push_back(std::move(package));
    }
    return true;
  });
  return packages;
}

std::vector<Package> read_dpkg_control(std::string_view path, std::string_view content,
                                       diag::Diagnostics& findings) {
  std::vector<Package> packages;
  each_paragraph(content, [&](const Paragraph& record) {
    Package package = deb_package(record);
    if (is_package(package, path, record.line, findings)) packages.push_back(std::move(package));
    return true;
  });
  return packages;
}

std::vector<Package> read_apk_installed(std::string_view path, std::string_view content,
                                        diag::Diagnostics& findings) {
  std::vector<Package> packages;
  each_paragraph(content, [&](const Paragraph& record) {
    if (!record.ended) {
      report(findings, path, record.line, std::string(cut_off));
      return true;
    }
    Package package = apk_package(record);
    if (is_package(package, path, record.line, findings)) packages.push_back(std::move(package));
    return true;
  });
  return packages;
}

Distribution read_os_release(std::string_view content) {
  Distribution distribution;
  for (const std::string_view line : text::lines(content)) {
    const text::Cut assignment = text::cut(line, '=');
    if (!assignment.after) continue;
    const std::string_view name = text::trimmed(assignment.before);
    if (name == "ID") distribution.id = unquoted(*assignment.after);
    if (name == "VERSION_ID") distribution.version = unquoted(*assignment.after);
    if (name == "VERSION_CODENAME") distribution.codename = unquoted(*assignment.after);
    if (name == "PRETTY_NAME") distribution.name = unquoted(*assignment.after);
  }
  return distribution;
}

}  // namespace sconectl::supply
