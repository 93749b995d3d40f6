#include "supply/jar.hpp"

#include <fmt/core.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"
#include "supply/field.hpp"
#include "supply/inflate.hpp"
#include "supply/zip.hpp"

namespace sconectl::supply {
namespace {

constexpr std::string_view maven_folder = "META-INF/maven/";
constexpr std::string_view pom_file = "/pom.properties";
/// Jars in jars (Spring Boot, web archives); a jar in such a jar is not looked into.
constexpr int deepest_jar = 2;

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// The name of a jar without its suffix.
std::string_view stem(std::string_view path) {
  const std::string_view name = base_name(path);
  return name.substr(0, name.rfind('.'));
}

/// "META-INF/maven/GROUP/ARTIFACT/pom.properties", without a version yet.
std::optional<Package> artifact_of(std::string_view entry) {
  const std::size_t at = entry.find(maven_folder);
  if (at == std::string_view::npos || !entry.ends_with(pom_file)) return std::nullopt;
  entry.remove_prefix(at + maven_folder.size());
  if (entry.size() <= pom_file.size()) return std::nullopt;
  entry.remove_suffix(pom_file.size());
  const auto parts = text::split(entry, '/');
  if (parts.size() != 2 || !is_name(parts[0]) || !is_name(parts[1])) return std::nullopt;
  Package package;
  package.type = PackageType::maven;
  package.group = parts[0];
  package.name = parts[1];
  return package;
}

/// What follows "ARTIFACT-" in the name of a jar.
std::string_view version_in_name(std::string_view jar_stem, std::string_view artifact) {
  if (jar_stem.size() <= artifact.size() + 1 || !jar_stem.starts_with(artifact)) return {};
  jar_stem.remove_prefix(artifact.size());
  return jar_stem.front() == '-' && text::is_digit(jar_stem[1]) ? jar_stem.substr(1)
                                                                : std::string_view();
}

/// What reading one jar takes along. Entries can name the same bytes many times, so that the size
/// of a jar alone says nothing about the work that it makes.
struct JarReading {
  std::vector<Package>& packages;
  diag::Diagnostics& findings;
  std::size_t inner_bytes;                            ///< of jars in it that may still be read
  std::size_t packed_bytes = std::size_t{16} << 20U;  ///< that may still be read or unpacked
};

/// The text of a `pom.properties`, which has a few lines.
std::optional<std::string> pom_content(std::string_view jar, const ZipEntry& entry,
                                       JarReading& reading) {
  constexpr std::size_t longest_pom = std::size_t{64} << 10U;
  const auto raw = raw_content(jar, entry);
  if (!raw || raw->size() > longest_pom) return std::nullopt;
  if (entry.method == stored) {
    if (reading.packed_bytes < raw->size()) return std::nullopt;
    reading.packed_bytes -= raw->size();
    return std::string(*raw);
  }
  if (entry.method != deflated || reading.packed_bytes < raw->size() + longest_pom) {
    return std::nullopt;
  }
  auto content = inflated(*raw, longest_pom);
  reading.packed_bytes -= raw->size() + (content ? content->size() : longest_pom);
  return content;
}

/// One `pom.properties` in a jar.
std::optional<Package> packaged_artifact(std::string_view path, std::string_view jar,
                                         const ZipEntry& entry, JarReading& reading) {
  auto package = artifact_of(entry.name);
  if (!package) return std::nullopt;
  if (const auto content = pom_content(jar, entry, reading)) {
    return read_pom_properties(fmt::format("{}!/{}", path, entry.name), *content, reading.findings);
  }
  package->version = version_in_name(stem(path), package->name);
  if (is_name(package->version)) return package;
  report(reading.findings, path, 0,
         fmt::format("the version of {}:{} can not be read in this jar, and is not in its name; it "
                     "is left out",
                     package->group, package->name));
  return std::nullopt;
}

void read_entries(std::string_view path, std::string_view jar, int depth, JarReading& reading);

/// A jar in a jar; compressed ones are known by their names.
void read_inner_jar(std::string_view path, std::string_view jar, const ZipEntry& entry, int depth,
                    JarReading& reading) {
  if (!is_sound(entry.name, 4 * longest_name)) return;
  const std::string inner = fmt::format("{}!/{}", path, entry.name);
  const auto content = stored_content(jar, entry);
  if (content && depth < deepest_jar && content->size() <= reading.inner_bytes) {
    reading.inner_bytes -= content->size();
    read_entries(inner, *content, depth + 1, reading);
  } else if (auto package = package_of_jar_name(inner)) {
    package->paths = {inner};
    reading.packages.push_back(std::move(*package));
  }
}

/// What is in the jar, and what it is itself if its entries do not say so.
void read_entries(std::string_view path, std::string_view jar, int depth, JarReading& reading) {
  const auto entries = zip_directory(jar);
  if (!entries) report(reading.findings, path, 0, "this jar is no zip archive, or a damaged one");
  bool knows_itself = false;
  for (const ZipEntry& entry : entries.value_or(std::vector<ZipEntry>{})) {
    if (is_jar(entry.name)) {
      read_inner_jar(path, jar, entry, depth, reading);
    } else if (auto package = packaged_artifact(path, jar, entry, reading)) {
      package->paths = {std::string(path)};
      knows_itself = knows_itself || stem(path).starts_with(package->name);
      reading.packages.push_back(std::move(*package));
    }
  }
  if (knows_itself) return;
  if (auto package = package_of_jar_name(path)) {
    package->sha256 = crypto::hex(crypto::view(crypto::sha256(jar)));
    package->paths = {std::string(path)};
    reading.packages.push_back(std::move(*package));
  }
}

}  // namespace

bool is_jar(std::string_view path) {
  const std::string_view name = base_name(path);
  return name.size() > 4 &&
         (name.ends_with(".jar") || name.ends_with(".war") || name.ends_with(".ear"));
}

std::optional<Package> read_pom_properties(std::string_view path, std::string_view content,
                                           diag::Diagnostics& findings) {
  Package package;
  package.type = PackageType::maven;
  for (const std::string_view line : text::lines(content)) {
    const text::Cut property = text::cut(line, '=');
    if (line.starts_with('#') || !property.after) continue;
    const std::string_view name = text::trimmed(property.before);
    const std::string_view value = text::trimmed(*property.after);
    if (name == "groupId") package.group = value;
    if (name == "artifactId") package.name = value;
    if (name == "version") package.version = value;
  }
  if (!is_package(package, path, 0, findings)) return std::nullopt;
  if (!is_name(package.group)) {
    report(findings, path, 0, "an artifact without a proper groupId is left out");
    return std::nullopt;
  }
  return package;
}

std::optional<Package> package_of_jar_name(std::string_view path) {
  const std::string_view name = stem(path);
  if (name.size() > longest_name) return std::nullopt;
  for (std::size_t at = name.find('-'); at != std::string_view::npos; at = name.find('-', at + 1)) {
    const std::string_view version = version_in_name(name, name.substr(0, at));
    if (version.empty()) continue;
    Package package;
    package.name = name.substr(0, at);
    package.version = version;
    if (!is_name(package.name) || !is_name(package.version)) return std::nullopt;
    return package;
  }
  return std::nullopt;
}

std::vector<Package> read_jar(std::string_view path, std::string_view content,
                              diag::Diagnostics& findings) {
  std::vector<Package> packages;
  JarReading reading{packages, findings, content.size()};
  read_entries(path, content, 1, reading);
  return packages;
}

}  // namespace sconectl::supply
