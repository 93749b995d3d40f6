#include "sconectl/oci/selection.hpp"

#include <limits>

#include "oci/whiteout.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/oci/compression.hpp"
#include "sconectl/oci/tar.hpp"

namespace sconectl::oci {
namespace {

constexpr std::size_t largest_note_about_layer = std::size_t{1} << 30U;

std::string without_root(std::string path) {
  path.erase(0, std::min(path.find_first_not_of('/'), path.size()));
  return path;
}

/// Reads entries into `found`; what a layer takes away is an entry, too.
TarReader selecting(SelectedFiles& found, const Selection& selection) {
  return TarReader([&, total = std::uint64_t{0}](const TarEntry& entry) mutable -> Sink {
    const std::string path = without_root(entry.path);
    if (!whiteout_of(path) && !selection.wants(path)) return {};
    auto& place = found[path];
    place.reset();
    if (entry.kind != TarKind::file || entry.size > selection.largest) return {};
    total += entry.size;
    if (total > selection.most)
      throw diag::Error(diag::ErrorKind::invalid, "a layer holds more than is read of one");
    place.emplace();
    return [&text = *place](std::string_view part) { text += part; };
  });
}

SelectedFiles from_layer(const Descriptor& layer, ImageSource& source, BlobStore& store,
                         const Selection& selection) {
  SelectedFiles found;
  TarReader reader = selecting(found, selection);
  Decompress plain([&](std::string_view part) { reader.take(part); });
  store.read_or_pass(source, layer, [&](std::string_view part) { plain.take(part); });
  plain.finish();
  reader.finish();
  return found;
}

/// A file that was too large is a directory in the note.
std::string note_of(const SelectedFiles& found) {
  std::string bytes;
  TarWriter writer([&](std::string_view part) { bytes += part; }, 0);
  for (const auto& [path, text] : found) {
    TarEntry entry{text ? TarKind::file : TarKind::directory, path};
    entry.size = text ? text->size() : 0;
    writer.add(entry, [content = &text](const Sink& take) { take(**content); });
  }
  writer.finish();
  return bytes;
}

std::optional<SelectedFiles> from_note(const std::string& bytes) {
  try {
    SelectedFiles found;
    constexpr auto no_bound = std::numeric_limits<std::uint64_t>::max();
    const Selection all{[](const std::string&) { return true; }, no_bound, no_bound};
    TarReader reader = selecting(found, all);
    reader.take(bytes);
    reader.finish();
    return found;
  } catch (const diag::Error&) {
    return std::nullopt;
  }
}

void put_over(SelectedFiles& below, SelectedFiles&& layer) {
  for (const auto& [path, text] : layer)
    if (const auto whiteout = whiteout_of(path)) take_away(below, *whiteout);
  for (auto& [path, text] : layer)
    if (!whiteout_of(path)) below[path] = std::move(text);
}

}  // namespace

SelectedFiles selected_files(const std::vector<Descriptor>& layers, ImageSource& source,
                             BlobStore& store, const Selection& selection, host::Files& files,
                             const std::filesystem::path& cache) {
  SelectedFiles result;
  for (const Descriptor& layer : layers) {
    const auto note = cache / (store.path(layer.digest).filename().string() + ".tar");
    std::optional<SelectedFiles> found;
    if (const auto bytes = files.read_if_exists(note, largest_note_about_layer))
      found = from_note(*bytes);
    if (!found) {
      found = from_layer(layer, source, store, selection);
      files.make_directories(cache, 0700);
      files.write(note, note_of(*found), 0600, host::Durability::cached);
    }
    put_over(result, *std::move(found));
  }
  return result;
}

}  // namespace sconectl::oci
