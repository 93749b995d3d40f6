// Layers, configuration and manifest of an assembly.
#include <fmt/core.h>

#include <algorithm>

#include "image/layer_files.hpp"
#include "image/usable_base.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/file_list.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/signals.hpp"
#include "sconectl/image/assembly.hpp"
#include "sconectl/image/description.hpp"
#include "sconectl/oci/config.hpp"
#include "sconectl/oci/name.hpp"
#include "sconectl/oci/tree.hpp"

namespace sconectl::image {
namespace {

/// The bytes of a layer are read twice: to find its name, and to compress them.
oci::Packed counted(const LayerFiles& entries, const std::string& title, const Progress& progress) {
  if (!progress) return {};
  constexpr int turns = 2;
  std::uint64_t all = 0;
  for (const auto& [path, file] : entries) all += file.entry.size;
  return [&, all, read = std::uint64_t{0}](std::uint64_t bytes) mutable {
    read += bytes;
    progress(title, std::min(read / turns, all), all);
  };
}

oci::MadeLayer packed(const LayerFiles& entries, host::Files& files, oci::BlobStore& store,
                      std::uint64_t time, const oci::Packed& count) {
  const auto fill = [&](oci::TarWriter& archive) {
    for (const auto& [path, file] : entries)
      archive.add(file.entry, [&, each = &file](const oci::Sink& take) {
        if (each->bytes) return take(*each->bytes);
        files.read_in_parts(each->source, take);
      });
  };
  return store.pack(time, fill, count);
}

/// What the launcher compares before the program starts: files and links, and directories that the
/// base does not have.
void list(const LayerFiles& entries, const oci::Tree& tree, const host::Files& files,
          crypto::FileList& out) {
  for (const auto& [name, file] : entries) {
    const std::string path = "/" + name;
    if (crypto::is_left_out_of_lists(path)) continue;
    crypto::ListedFile listed{crypto::ListedKind::file, file.entry.mode, ""};
    if (file.entry.kind == oci::TarKind::directory) {
      if (tree.directory(name) != nullptr) continue;
      listed.kind = crypto::ListedKind::directory;
    } else if (file.entry.kind == oci::TarKind::symbolic_link) {
      listed = {crypto::ListedKind::link, 0, file.entry.link};
    } else {
      crypto::Sha256 hash;
      files.read_in_parts(file.source, [&](std::string_view part) {
        host::throw_if_interrupted();
        hash.update(part);
      });
      listed.content = crypto::hex(crypto::view(hash.finish()));
    }
    out.files.insert_or_assign(path, std::move(listed));  // layers lie over each other
  }
}

/// /scone and the list of files.
LayerFiles description(const Assembly& assembly, const SconeFolder& folder,
                       const std::string& file_list, const oci::Tree& tree) {
  std::map<std::string, std::string> texts;
  for (const auto& [path, text] : folder) texts["/scone/" + path] = text;
  if (assembly.listed_files) texts[std::string(crypto::file_list_path)] = file_list;
  return text_files(texts, tree);
}

}  // namespace

Assembled assemble(const Assembly& assembly, const std::optional<AssemblyBase>& base,
                   const std::filesystem::path& context, host::Files& files, oci::BlobStore& store,
                   const std::filesystem::path& cache, std::uint64_t time,
                   const Progress& progress) {
  Assembled result;
  oci::Tree tree;
  if (base) {
    require_usable_base(base->image, assembly.base);
    for (const oci::Descriptor& layer : base->image.manifest.layers)
      result.of_base.push_back(oci::in_words_of_oci(layer));
    tree = oci::tree_of(base->image.manifest.layers, base->source, store, files, cache);
  }
  std::vector<std::pair<std::string, LayerFiles>> layers;
  for (const AssemblyLayer& layer : assembly.layers)
    layers.emplace_back(layer.title, layer_files(layer, files, context, tree));
  SconeFolder folder = assembly.folder;
  std::string file_list;
  if (assembly.listed_files) {
    crypto::FileList all{assembly.listed_files->allow_more, {}};
    for (const auto& [title, entries] : layers) list(entries, tree, files, all);
    file_list = crypto::text(all);
    result.file_list = crypto::hex(crypto::view(crypto::sha256(file_list)));
    std::string& service = folder.at(std::string(service_json_path));
    service = with_file_list(service, result.file_list);
  }
  layers.emplace_back("description", description(assembly, folder, file_list, tree));

  oci::ConfigChanges changes;
  changes.directory = assembly.directory;
  changes.entrypoint = assembly.entrypoint;
  changes.command.emplace();
  changes.labels = assembly.labels;
  changes.labels[std::string(description_label)] = describe(folder);
  changes.created = oci::rfc3339(time);
  oci::Manifest manifest;
  manifest.layers = result.of_base;
  for (const auto& [title, entries] : layers) {
    const auto made = packed(entries, files, store, time, counted(entries, title, progress));
    changes.layers.push_back({made.diff_id, fmt::format("sconectl apply: {}", title)});
    manifest.layers.push_back(made.blob);
    result.made.push_back(made.blob);
  }
  const std::optional<std::string> below = base ? std::optional(base->image.config) : std::nullopt;
  result.image.config = oci::derive_config(below, changes, assembly.base);
  result.id = oci::digest_of(result.image.config);
  manifest.config = {std::string(oci::config_type), result.id, result.image.config.size()};
  if (base) {
    // The path of a layout is this machine's own business.
    if (!oci::parse_layout_reference(assembly.base))
      manifest.annotations[std::string(oci::base_name_annotation)] = assembly.base;
    manifest.annotations[std::string(oci::base_digest_annotation)] = base->image.digest;
  }
  result.image.manifest = oci::write(manifest);
  result.image.layers = manifest.layers;
  result.digest = oci::digest_of(result.image.manifest);
  return result;
}

}  // namespace sconectl::image
