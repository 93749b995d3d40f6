#include "action/image_documents.hpp"

#include <fmt/core.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/host/signals.hpp"
#include "sconectl/oci/config.hpp"
#include "sconectl/oci/selection.hpp"
#include "sconectl/supply/bom.hpp"
#include "sconectl/supply/packages.hpp"
#include "sconectl/supply/provenance.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::action {
namespace {

namespace fs = std::filesystem;

std::string hex_of(const std::string& digest) {
  return digest.substr(digest.find(':') + 1);
}

std::string sha256_of_file(const host::Files& files, const fs::path& path) {
  crypto::Sha256 hash;
  files.read_in_parts(path, [&](std::string_view part) {
    host::throw_if_interrupted();
    hash.update(part);
  });
  return crypto::hex(crypto::view(hash.finish()));
}

/// RFC 3339 in UTC as images have it, to the second; the beginning of time if it is something else.
std::chrono::sys_seconds time_of(const std::string& created) {
  const auto field = [&](std::size_t at, std::size_t length) {
    return created.size() < at + length
               ? std::nullopt
               : text::number<int>(std::string_view(created).substr(at, length));
  };
  const auto year = field(0, 4), month = field(5, 2), day = field(8, 2), hour = field(11, 2),
             minute = field(14, 2), second = field(17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return {};
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return {};
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

supply::Bom bill_of_materials(System& system, ImageSources& sources, oci::ImageSource& source,
                              const oci::ResolvedImage& image, const image::BuildPlan& plan,
                              const BuildFacts& build) {
  const oci::Selection selection{
      [](const std::string& path) { return supply::PackageReader::wants(path); }};
  supply::PackageReader reader;
  for (const auto& [path, text] :
       oci::selected_files(image.manifest.layers, source, sources.store(), selection, system.files,
                           sources.packages())) {
    if (text) {
      reader.see(path, *text);
    } else {
      reader.left_out(path);
    }
  }
  supply::Inventory inventory = reader.finish();
  for (const diag::Diagnostic& finding : reader.findings().all()) system.tell_more(finding.line());
  supply::Bom bom;
  bom.image = plan.reference;
  if (!build.only_id) bom.digest = image.digest;
  bom.distribution = std::move(inventory.distribution);
  bom.packages = std::move(inventory.packages);
  bom.created = time_of(oci::parse_config(image.config, plan.reference).created);
  bom.tool_version = build.tool_version;
  return bom;
}

/// The user's files in the context, by their places there.
void add_sources(const host::Files& files, const fs::path& directory, const std::string& name,
                 std::vector<supply::Resource>& out) {
  const fs::path path = directory / name;
  if (files.read_link(path)) return;
  const auto status = files.status(path);
  if (!status) return;
  if (status->kind == host::FileKind::file) out.push_back({name, "", sha256_of_file(files, path)});
  if (status->kind != host::FileKind::directory) return;
  for (const std::string& entry : files.list(path))
    add_sources(files, directory, fmt::format("{}/{}", name, entry), out);
}

supply::Provenance provenance_of(System& system, const supply::Subject& subject,
                                 const image::BuildPlan& plan, const fs::path& directory,
                                 const BuildFacts& build) {
  supply::Provenance result;
  result.subjects = {subject};
  result.parameters = {{"kind", plan.facts.kind},
                       {"mode", std::string(text::word(*plan.facts.mode))},
                       {"name", plan.name},
                       {"runtime", std::string(text::word(plan.runtime))}};
  result.manifest = supply::Resource{fs::path(build.manifest.file).filename().string(), "",
                                     build.manifest.sha256};
  if (!build.base_digest.empty())
    result.dependencies.push_back({"base image",
                                   supply::image_purl(plan.recipe.base, build.base_digest),
                                   hex_of(build.base_digest)});
  std::vector<std::string> places = {"app", "java", "node"};
  places.insert(places.end(), plan.recipe.requirements.begin(), plan.recipe.requirements.end());
  for (const std::string& place : places)
    add_sources(system.files, directory / "context", place, result.dependencies);
  result.builder = system.environment.get_or("SCONECTL_BUILDER_ID", "urn:sconectl:builder:local");
  result.tool_version = build.tool_version;
  if (const auto& enclave = plan.facts.enclave)
    result.measurement = supply::Measurement{enclave->mr_enclave, enclave->mr_signer,
                                             enclave->product_id, enclave->svn, enclave->debug};
  return result;
}

}  // namespace

std::vector<ImageDocument> image_documents(System& system, ImageSources& sources,
                                           oci::ImageSource& source,
                                           const oci::ResolvedImage& image,
                                           const image::BuildPlan& plan, const fs::path& directory,
                                           const BuildFacts& build) {
  const oci::ImageName name = oci::parse_image_name(plan.reference);
  const supply::Subject subject{fmt::format("{}/{}", name.registry, name.repository),
                                hex_of(image.digest)};
  const supply::Bom bom = bill_of_materials(system, sources, source, image, plan, build);
  std::vector<ImageDocument> result;
  const auto add_bom = [&](const char* file, std::string_view type, std::string bytes) {
    std::string statement = supply::statement(std::vector{subject}, type, bytes);
    result.push_back({file, type, std::move(bytes), std::move(statement)});
  };
  add_bom("sbom.spdx.json", supply::spdx_predicate, supply::spdx_json(bom));
  add_bom("sbom.cdx.json", supply::cyclonedx_predicate, supply::cyclonedx_json(bom));
  std::string statement =
      supply::provenance_statement(provenance_of(system, subject, plan, directory, build));
  result.push_back({"provenance.json", supply::provenance_predicate, statement, statement});
  return result;
}

}  // namespace sconectl::action
