#include "sconectl/oci/layout.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/signals.hpp"
#include "sconectl/oci/name.hpp"

namespace sconectl::oci {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view layout_file = "oci-layout";
constexpr std::string_view layout_version = R"({"imageLayoutVersion":"1.0.0"})";
constexpr const char* ref_name = "org.opencontainers.image.ref.name";

std::string hex_of_blob(const std::string& digest) {
  return digest.substr(digest.find(':') + 1);
}

std::string index_text(const WholeImage& image) {
  Index index;
  IndexEntry entry;
  entry.manifest = {image.media_type, digest_of(image.manifest), image.manifest.size(), {}};
  if (!image.name.empty()) entry.manifest.annotations[ref_name] = image.name;
  entry.platform = this_platform();
  index.manifests.push_back(std::move(entry));
  return write(index);
}

/// What `docker load` reads, every version of it.
std::string docker_manifest(const WholeImage& image) {
  nlohmann::ordered_json item;
  item["Config"] = "blobs/sha256/" + hex_of_blob(digest_of(image.config));
  item["RepoTags"] = nlohmann::ordered_json::array();
  if (!image.name.empty()) item["RepoTags"].push_back(image.name);
  item["Layers"] = nlohmann::ordered_json::array();
  for (const Descriptor& layer : image.layers)
    item["Layers"].push_back("blobs/sha256/" + hex_of_blob(layer.digest));
  return nlohmann::ordered_json::array({item}).dump();
}

/// A layout with other images is somebody's.
void require_own_layout(const WholeImage& image, const host::Files& files,
                        const fs::path& directory) {
  const auto text = files.read_if_exists(directory / "index.json", largest_document);
  if (!text) return;
  const auto parsed = parse_manifest(*text, fmt::format("the layout '{}'", directory.string()));
  const auto* index = std::get_if<Index>(&parsed);
  const bool own =
      index != nullptr &&
      std::all_of(index->manifests.begin(), index->manifests.end(), [&](const auto& entry) {
        const auto name = entry.manifest.annotations.find(ref_name);
        return name != entry.manifest.annotations.end() && name->second == image.name;
      });
  if (!own)
    throw diag::Error(
        diag::ErrorKind::conflict,
        fmt::format("'{}' holds other images than '{}', and is not written over; name "
                    "another directory",
                    directory.string(), image.name));
}

/// What is kept in memory, by its place under blobs/sha256.
std::map<std::string, std::string> documents(const WholeImage& image) {
  return {{hex_of_blob(digest_of(image.manifest)), image.manifest},
          {hex_of_blob(digest_of(image.config)), image.config}};
}

/// Each layer once, in the order of their digests.
std::map<std::string, Descriptor> layers_by_name(const WholeImage& image) {
  std::map<std::string, Descriptor> result;
  for (const Descriptor& layer : image.layers) result.emplace(hex_of_blob(layer.digest), layer);
  return result;
}

using Names = std::set<std::string>;

/// Under blobs/sha256, of the images that a layout holds; none where it is damaged.
Names names_of_blobs(host::Files& files, const fs::path& directory) {
  if (!files.exists(directory / "index.json") || !files.exists(directory / layout_file)) return {};
  Names names;
  try {
    for (const Descriptor& blob : Layout(files, directory).blobs())
      names.insert(hex_of_blob(blob.digest));
  } catch (const diag::Error& error) {
    // What can not be read is not thrown away for it.
    if (error.kind() != diag::ErrorKind::invalid) throw;
    names.clear();
  }
  return names;
}

Names names_of_blobs(const WholeImage& image) {
  Names names;
  for (const auto& [name, text] : documents(image)) names.insert(name);
  for (const Descriptor& layer : image.layers) names.insert(hex_of_blob(layer.digest));
  return names;
}

void remove_others(host::Files& files, const fs::path& blobs, const Names& kept,
                   const Names& also_kept = {}) {
  for (const std::string& name : files.list(blobs))
    if (!kept.contains(name) && !also_kept.contains(name)) files.remove_tree(blobs / name);
}

/// After a failure, which is what has to be told.
void give_room_back(host::Files& files, const fs::path& blobs, const Names& kept) {
  try {
    remove_others(files, blobs, kept);
  } catch (const diag::Error&) {  // the next run removes them
  }
}

/// A blob with the bytes that its name promises needs no other: it may be large.
bool has_bytes(const host::Files& files, const fs::path& path, const Descriptor& blob) {
  const auto status = files.status(path);
  if (!status || status->kind != host::FileKind::file || status->size != blob.size) return false;
  crypto::Sha256 hash;
  files.read_in_parts(path, [&](std::string_view part) {
    host::throw_if_interrupted();
    hash.update(part);
  });
  return "sha256:" + crypto::hex(crypto::view(hash.finish())) == blob.digest;
}

void write_blobs(const WholeImage& image, BlobStore& store, host::Files& files,
                 const fs::path& blobs) {
  for (const auto& [name, text] : documents(image))
    files.write(blobs / name, text, 0644, host::Durability::cached);
  for (const auto& [name, layer] : layers_by_name(image)) {
    if (has_bytes(files, blobs / name, layer)) continue;
    files.write_in_parts(blobs / name, 0644, host::Durability::cached,
                         [&, each = &layer](const Sink& take) { store.read(*each, take); });
  }
}

}  // namespace

std::optional<LayoutReference> parse_layout_reference(std::string_view text) {
  constexpr std::string_view prefix = "oci:";
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  const auto colon = text.find(':');
  return LayoutReference{text.substr(0, colon), colon == std::string_view::npos
                                                    ? ""
                                                    : std::string(text.substr(colon + 1))};
}

void write_layout(const WholeImage& image, BlobStore& store, host::Files& files,
                  const fs::path& directory) {
  require_own_layout(image, files, directory);
  const fs::path blobs = directory / "blobs" / "sha256";
  files.make_directories(blobs);
  const Names before = names_of_blobs(files, directory);
  const Names wanted = names_of_blobs(image);
  remove_others(files, blobs, before, wanted);  // of runs that were killed
  try {
    write_blobs(image, store, files, blobs);
    files.write(directory / layout_file, layout_version, 0644, host::Durability::cached);
    files.write(directory / "index.json", index_text(image), 0644, host::Durability::cached);
  } catch (...) {
    give_room_back(files, blobs, before);
    throw;
  }
  remove_others(files, blobs, wanted);
}

void write_layout_archive(const WholeImage& image, BlobStore& store, host::Files& files,
                          const fs::path& file, std::uint64_t time) {
  const auto text_entry = [](TarWriter& archive, const std::string& path, std::string_view text) {
    archive.add({TarKind::file, path, "", 0644, 0, 0, text.size()},
                [&](const Sink& take) { take(text); });
  };
  files.write_in_parts(file, 0644, host::Durability::cached, [&](const Sink& out) {
    TarWriter archive(out, time);
    archive.add({TarKind::directory, "blobs", "", 0755});
    archive.add({TarKind::directory, "blobs/sha256", "", 0755});
    for (const auto& [name, text] : documents(image))
      text_entry(archive, "blobs/sha256/" + name, text);
    for (const auto& [name, layer] : layers_by_name(image))
      archive.add({TarKind::file, "blobs/sha256/" + name, "", 0644, 0, 0, layer.size},
                  [&, each = &layer](const Sink& take) { store.read(*each, take); });
    text_entry(archive, "index.json", index_text(image));
    text_entry(archive, "manifest.json", docker_manifest(image));
    text_entry(archive, std::string(layout_file), layout_version);
    archive.finish();
  });
}

Layout::Layout(host::Files& files, fs::path directory)
    : files_(files), directory_(std::move(directory)) {
  const auto text = files.read_if_exists(directory_ / "index.json", largest_document);
  if (!text || !files.exists(directory_ / layout_file))
    throw diag::Error(diag::ErrorKind::unavailable,
                      fmt::format("'{}' is no directory in OCI layout: it has no {}",
                                  directory_.string(), text ? "oci-layout" : "index.json"));
  auto parsed = parse_manifest(*text, name());
  auto* index = std::get_if<Index>(&parsed);
  if (index == nullptr)
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("'{}/index.json' is no index", directory_.string()));
  index_ = std::move(*index);
}

std::string Layout::name() const {
  return fmt::format("the OCI layout '{}'", directory_.string());
}

fs::path Layout::blob_path(const std::string& digest) const {
  return directory_ / "blobs" / "sha256" / hex_of_blob(digest);
}

std::optional<FetchedManifest> Layout::manifest(const std::string& selector) {
  std::string digest = is_digest(selector) ? selector : "";
  for (const IndexEntry& entry : index_.manifests) {
    const auto named = entry.manifest.annotations.find(ref_name);
    const std::string name = named == entry.manifest.annotations.end() ? "" : named->second;
    const bool fits = selector.empty() ? index_.manifests.size() == 1 : name == selector;
    if (digest.empty() && fits) digest = entry.manifest.digest;
  }
  if (digest.empty()) return std::nullopt;
  auto bytes = files_.read_if_exists(blob_path(digest), largest_document);
  if (!bytes) return std::nullopt;
  if (digest_of(*bytes) != digest)
    throw diag::Error(
        diag::ErrorKind::invalid,
        fmt::format("'{}' has other bytes than its name says", blob_path(digest).string()));
  return FetchedManifest{"", digest, *std::move(bytes)};
}

std::optional<std::vector<Descriptor>> Layout::parts(const std::string& digest) {
  const auto found = manifest(digest);
  if (!found) return std::nullopt;
  auto parsed = parse_manifest(found->bytes, name());
  auto* image = std::get_if<Manifest>(&parsed);
  if (image == nullptr) return std::nullopt;
  image->layers.push_back(image->config);
  return std::move(image->layers);
}

std::vector<Descriptor> Layout::blobs() {
  std::vector<Descriptor> result;
  for (const IndexEntry& entry : index_.manifests) {
    result.push_back(entry.manifest);
    auto below = parts(entry.manifest.digest);
    if (!below)
      throw diag::Error(diag::ErrorKind::invalid, fmt::format("{} holds {}, which is no image",
                                                              name(), entry.manifest.digest));
    std::move(below->begin(), below->end(), std::back_inserter(result));
  }
  return result;
}

bool Layout::has_whole(const std::string& digest) {
  const auto blobs = parts(digest);
  return blobs && std::all_of(blobs->begin(), blobs->end(), [&](const Descriptor& blob) {
           const auto status = files_.status(blob_path(blob.digest));
           return status && status->kind == host::FileKind::file && status->size == blob.size;
         });
}

void Layout::blob(const Descriptor& blob, const Sink& take) {
  files_.read_in_parts(blob_path(blob.digest), take);
}

}  // namespace sconectl::oci
