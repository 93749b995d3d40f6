// Any bytes as each of the files that packages are read from. What comes out is text, and both
// bills of materials can be written of it.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "require.hpp"
#include "sconectl/supply/bom.hpp"
#include "sconectl/supply/packages.hpp"
#include "sconectl/text/utf8.hpp"

namespace {

using namespace sconectl;
using fuzz::require;

const std::string paths[] = {"var/lib/dpkg/status",
                             "var/lib/dpkg/status.d/x",
                             "lib/apk/db/installed",
                             "etc/os-release",
                             "usr/lib/x.dist-info/METADATA",
                             "app/node_modules/x/package.json",
                             "app/META-INF/maven/g/a/pom.properties",
                             "app/lib/tool-1.2.jar"};

bool is_plain(const std::string& text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20U) return false;
  }
  return text::is_utf8(text);
}

void check(const supply::Package& package) {
  require(!package.name.empty() && !package.version.empty(), "a package has a name and a version");
  for (const std::string* text :
       {&package.name, &package.group, &package.version, &package.architecture, &package.license,
        &package.maintainer, &package.source, &package.source_version, &package.purl}) {
    require(is_plain(*text), "what is read is text", *text);
  }
  for (const std::string& path : package.paths) require(is_plain(path), "a path is text", path);
  require(package.purl.starts_with("pkg:"), "a package has a URL", package.purl);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string content(reinterpret_cast<const char*>(data), size);
  supply::PackageReader reader;
  for (const std::string& path : paths) reader.see(path, content);
  supply::Inventory inventory = reader.finish();
  for (const supply::Package& package : inventory.packages) check(package);

  supply::Bom bom;
  bom.image = "registry.local/app:1";
  bom.distribution = inventory.distribution;
  bom.packages = std::move(inventory.packages);
  const auto spdx = nlohmann::json::parse(supply::spdx_json(bom));
  std::set<std::string> ids;
  for (const auto& package : spdx.at("packages")) {
    require(ids.insert(package.at("SPDXID").get<std::string>()).second, "an id is used once");
  }
  require(nlohmann::json::accept(supply::cyclonedx_json(bom)), "CycloneDX is JSON");
  return 0;
}
