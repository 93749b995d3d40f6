#include "sconectl/oci/saved_image.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <set>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/signals.hpp"
#include "sconectl/oci/name.hpp"
#include "sconectl/oci/tar.hpp"

namespace sconectl::oci {
namespace {

namespace fs = std::filesystem;
using SavedJson = nlohmann::json;

constexpr std::string_view list_of_images = "manifest.json";
constexpr std::string_view blobs_folder = "blobs/sha256/";
constexpr std::string_view digest_begins = "sha256:";
constexpr int most_links_in_archive = 8;
constexpr std::size_t most_entries = 100'000;
constexpr std::size_t most_layers = 1000;

/// Ends the reading of an archive whose rest nobody wants.
struct Enough {};

diag::Error odd(const fs::path& archive, std::string_view why) {
  return {diag::ErrorKind::invalid,
          fmt::format("'{}' is no image as 'docker save' writes it: {}", archive.string(), why)};
}

/// What is where, and the small files by their paths.
struct Book {
  std::map<std::string, std::uint64_t> sizes;
  std::map<std::string, std::string> links;  ///< path -> path, both in the archive
  std::map<std::string, std::string> texts;

  /// A layer that stands twice is a link, the second time.
  [[nodiscard]] std::string target(std::string path) const {
    for (int i = 0; i < most_links_in_archive; ++i) {
      const auto link = links.find(path);
      if (link == links.end()) break;
      path = link->second;
    }
    return path;
  }
};

void read_archive(const host::Files& files, const fs::path& archive, TarReader& reader) {
  try {
    files.read_in_parts(archive, [&](std::string_view part) {
      host::throw_if_interrupted();
      reader.take(part);
    });
    reader.finish();
  } catch (const Enough&) {
    return;
  }
}

/// Only what may be a list or a configuration is kept.
bool may_be_document(const TarEntry& entry) {
  constexpr std::uint64_t largest_kept = std::uint64_t{1} << 20U;
  return entry.path.ends_with(".json") ||
         (entry.path.starts_with(blobs_folder) && entry.size <= largest_kept);
}

Book book_of(const host::Files& files, const fs::path& archive) {
  Book book;
  std::uint64_t kept = 0;
  TarReader reader([&](const TarEntry& entry) -> Sink {
    if (book.sizes.size() + book.links.size() > most_entries)
      throw odd(archive, "it has too many files");
    if (entry.kind == TarKind::symbolic_link || entry.kind == TarKind::hard_link) {
      const fs::path below =
          entry.kind == TarKind::hard_link ? fs::path() : fs::path(entry.path).parent_path();
      book.links[entry.path] = (below / entry.link).lexically_normal().generic_string();
    }
    if (entry.kind != TarKind::file) return {};
    book.sizes[entry.path] = entry.size;
    if (!may_be_document(entry)) return {};
    auto& text = book.texts[entry.path];
    text.clear();
    // Small layers are no JSON, and must not use up what there is room for.
    return [&text, &kept, is_json = std::optional<bool>()](std::string_view part) mutable {
      if (!is_json && !part.empty()) is_json = part.front() == '{' || part.front() == '[';
      if (!is_json.value_or(false) || kept + part.size() > largest_document) return;
      kept += part.size();
      text += part;
    };
  });
  read_archive(files, archive, reader);
  return book;
}

SavedJson parsed(const Book& book, const std::string& path, const fs::path& archive) {
  const auto found = book.texts.find(book.target(path));
  if (found == book.texts.end()) throw odd(archive, fmt::format("it has no {}", path));
  SavedJson json = SavedJson::parse(found->second, nullptr, false);
  if (json.is_discarded()) throw odd(archive, fmt::format("its {} is no JSON", path));
  return json;
}

std::vector<std::string> texts_at(const SavedJson& json, const char* pointer,
                                  const fs::path& archive) {
  const SavedJson::json_pointer at(pointer);
  if (!json.contains(at) || !json[at].is_array() || json[at].size() > most_layers)
    throw odd(archive, fmt::format("it has no list {}", pointer));
  std::vector<std::string> result;
  for (const SavedJson& item : json[at]) {
    if (!item.is_string()) throw odd(archive, fmt::format("{} names something odd", pointer));
    result.push_back(item.get<std::string>());
  }
  return result;
}

}  // namespace

SavedImage::SavedImage(host::Files& files, fs::path archive)
    : files_(files), archive_(std::move(archive)) {
  const Book book = book_of(files, archive_);
  const SavedJson images = parsed(book, std::string(list_of_images), archive_);
  if (!images.is_array() || images.size() != 1 || !images[0].is_object() ||
      !images[0].contains("Config") || !images[0]["Config"].is_string())
    throw odd(archive_, "it does not list one image");
  const std::string config = images[0]["Config"];
  const std::vector<std::string> layers = texts_at(images[0], "/Layers", archive_);
  const std::vector<std::string> plain =
      texts_at(parsed(book, config, archive_), "/rootfs/diff_ids", archive_);
  if (layers.size() != plain.size()) throw odd(archive_, "layers are missing");
  image_.config = book.texts.at(book.target(config));
  image_.digest = digest_of(image_.config);
  image_.manifest.config = {std::string(config_type), image_.digest, image_.config.size()};
  for (std::size_t i = 0; i < layers.size(); ++i) {
    // Named by its digest it may be compressed; else it is not.
    const std::string digest =
        layers[i].starts_with(blobs_folder)
            ? fmt::format("{}{}", digest_begins, layers[i].substr(blobs_folder.size()))
            : plain[i];
    const std::string place = book.target(layers[i]);
    const auto size = book.sizes.find(place);
    if (!is_digest(digest) || size == book.sizes.end())
      throw odd(archive_, fmt::format("it has no layer {}", layers[i]));
    places_[digest] = place;
    image_.manifest.layers.push_back({std::string(layer_type), digest, size->second});
  }
}

std::optional<FetchedManifest> SavedImage::manifest(const std::string& /*selector*/) {
  return std::nullopt;
}

void SavedImage::blob(const Descriptor& blob, const Sink& take) {
  const auto place = places_.find(blob.digest);
  if (place == places_.end()) throw odd(archive_, fmt::format("it has no layer {}", blob.digest));
  bool begun = false;
  TarReader reader([&](const TarEntry& entry) -> Sink {
    if (begun) throw Enough{};
    begun = entry.kind == TarKind::file && entry.path == place->second;
    return begun ? take : Sink{};
  });
  read_archive(files_, archive_, reader);
}

std::string SavedImage::name() const {
  return fmt::format("the archive '{}'", archive_.string());
}

}  // namespace sconectl::oci
