#include "sconectl/oci/retimed_image.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <set>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/oci/compression.hpp"
#include "sconectl/oci/config.hpp"
#include "sconectl/oci/name.hpp"
#include "sconectl/oci/tar.hpp"
#include "sconectl/oci/tar_times.hpp"

namespace sconectl::oci {
namespace {

/// A layer in the archive that is written.
struct Placed {
  std::string diff_id;
  std::string path;
  std::uint64_t size = 0;
};

std::string path_of(const std::string& digest, std::string_view ending) {
  return fmt::format("{}{}", digest.substr(digest.find(':') + 1), ending);
}

/// The archive of a layer, not compressed, at one time.
void pass_retimed(SavedImage& saved, const Descriptor& layer, std::uint64_t time,
                  const Sink& take) {
  TarTimes times(take, time);
  Decompress plain([&](std::string_view part) { times.take(part); });
  saved.blob(layer, [&](std::string_view part) { plain.take(part); });
  plain.finish();
  times.finish();
}

Placed measured(SavedImage& saved, const Descriptor& layer, std::uint64_t time) {
  Placed result;
  crypto::Sha256 hash;
  pass_retimed(saved, layer, time, [&](std::string_view part) {
    hash.update(part);
    result.size += part.size();
  });
  result.diff_id = fmt::format("sha256:{}", crypto::hex(crypto::view(hash.finish())));
  result.path = path_of(result.diff_id, ".tar");
  return result;
}

void add_text(TarWriter& archive, const std::string& path, const std::string& text) {
  archive.add({TarKind::file, path, "", 0644, 0, 0, text.size()},
              [&](const Sink& take) { take(text); });
}

}  // namespace

void write_retimed(SavedImage& saved, std::size_t kept, std::uint64_t time,
                   const std::string& reference, const Sink& out) {
  const ResolvedImage& image = saved.image();
  std::vector<std::string> diff_ids = parse_config(image.config, saved.name()).diff_ids;
  const std::vector<Descriptor>& layers = image.manifest.layers;
  if (kept > layers.size())
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("{} has fewer layers than its base", saved.name()));
  TarWriter archive(out, time);
  std::set<std::string> written;
  nlohmann::json paths = nlohmann::json::array();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Descriptor& layer = layers[i];
    const bool stays = i < kept;
    const Placed placed = stays ? Placed{diff_ids[i], path_of(diff_ids[i], ".tar"), layer.size}
                                : measured(saved, layer, time);
    diff_ids[i] = placed.diff_id;
    paths.push_back(placed.path);
    if (!written.insert(placed.path).second) continue;
    archive.add({TarKind::file, placed.path, "", 0644, 0, 0, placed.size}, [&](const Sink& take) {
      if (stays)
        saved.blob(layer, take);
      else
        pass_retimed(saved, layer, time, take);
    });
  }
  const std::string config = retimed_config(image.config, diff_ids, kept, time, saved.name());
  const std::string config_path = path_of(digest_of(config), ".json");
  add_text(archive, config_path, config);
  add_text(archive, "manifest.json",
           nlohmann::json::array({{{"Config", config_path},
                                   {"RepoTags", nlohmann::json::array({reference})},
                                   {"Layers", paths}}})
               .dump());
  archive.finish();
}

}  // namespace sconectl::oci
