// Layers, configuration and manifest of an assembly.
#include <fmt/core.h>

#include "image/layer_files.hpp"
#include "sconectl/image/assembly.hpp"
#include "sconectl/oci/config.hpp"
#include "sconectl/oci/name.hpp"
#include "sconectl/oci/tree.hpp"

namespace sconectl::image {
namespace {

oci::MadeLayer packed(const LayerFiles& entries, host::Files& files, oci::BlobStore& store,
                      std::uint64_t time) {
  return store.pack(time, [&](oci::TarWriter& archive) {
    for (const auto& [path, file] : entries)
      archive.add(file.entry, [&, each = &file](const oci::Sink& take) {
        files.read_in_parts(each->source, take);
      });
  });
}

/// Docker's words for what OCI calls its own: a manifest does not mix them.
oci::Descriptor in_words_of_oci(oci::Descriptor layer) {
  if (layer.media_type == "application/vnd.docker.image.rootfs.diff.tar.gzip")
    layer.media_type = oci::layer_type;
  if (layer.media_type == "application/vnd.docker.image.rootfs.diff.tar")
    layer.media_type = "application/vnd.oci.image.layer.v1.tar";
  return layer;
}

}  // namespace

Assembled assemble(const Assembly& assembly, const std::optional<AssemblyBase>& base,
                   const std::filesystem::path& context, host::Files& files, oci::BlobStore& store,
                   const std::filesystem::path& cache, std::uint64_t time) {
  Assembled result;
  oci::Tree tree;
  if (base) {
    for (const oci::Descriptor& layer : base->image.manifest.layers)
      result.of_base.push_back(in_words_of_oci(layer));
    tree = oci::tree_of(base->image.manifest.layers, base->source, store, files, cache);
  }
  oci::ConfigChanges changes;
  changes.directory = assembly.directory;
  changes.entrypoint = assembly.entrypoint;
  changes.command.emplace();
  changes.labels = assembly.labels;
  changes.created = oci::rfc3339(time);
  oci::Manifest manifest;
  manifest.layers = result.of_base;
  for (const AssemblyLayer& layer : assembly.layers) {
    const auto made = packed(layer_files(layer, files, context, tree), files, store, time);
    changes.layers.push_back({made.diff_id, fmt::format("sconectl apply: {}", layer.title)});
    manifest.layers.push_back(made.blob);
    result.made.push_back(made.blob);
  }
  const std::optional<std::string> below = base ? std::optional(base->image.config) : std::nullopt;
  result.image.config = oci::derive_config(below, changes, assembly.base);
  result.id = oci::digest_of(result.image.config);
  manifest.config = {std::string(oci::config_type), result.id, result.image.config.size()};
  if (base) {
    manifest.annotations["org.opencontainers.image.base.name"] = assembly.base;
    manifest.annotations["org.opencontainers.image.base.digest"] = base->image.digest;
  }
  result.image.manifest = oci::write(manifest);
  result.image.layers = manifest.layers;
  result.digest = oci::digest_of(result.image.manifest);
  return result;
}

}  // namespace sconectl::image
