// Images of builders that put times of their own into them.
#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "image/dockerfile_text.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/image/engine.hpp"
#include "sconectl/oci/config.hpp"
#include "sconectl/oci/name.hpp"
#include "sconectl/oci/retimed_image.hpp"

namespace sconectl::image {

std::vector<std::string> Engine::layers_of(const std::string& reference, const Lines& lines) {
  // A builder may have a base that the engine does not show.
  if (!find({reference}).contains(reference)) pull(reference, lines);
  const Outcome outcome =
      require({"image", "inspect", "--format", "{{json .RootFS.Layers}}", reference},
              fmt::format("ask for the layers of image '{}'", reference));
  const auto layers = nlohmann::json::parse(outcome.out, nullptr, false);
  std::vector<std::string> result;
  if (layers.is_array())
    for (const auto& layer : layers)
      if (layer.is_string()) result.push_back(layer);
  return result;
}

void Engine::retime(const std::filesystem::path& directory, const std::string& reference,
                    std::uint64_t time, const Lines& lines) {
  const std::string base = base_of_result(dockerfile_in(directory));
  const std::vector<std::string> below =
      base.empty() || base == "scratch" ? std::vector<std::string>{} : layers_of(base, lines);
  const auto place = host::TemporaryDirectory::only(files_, ".retimed-", directory);
  save(reference, place.path() / "built.tar");
  oci::SavedImage saved(files_, place.path() / "built.tar");
  const std::vector<std::string> layers =
      oci::parse_config(saved.image().config, reference).diff_ids;
  if (below.size() > layers.size() || !std::equal(below.begin(), below.end(), layers.begin()))
    throw diag::Error(diag::ErrorKind::failed,
                      fmt::format("image '{}' is not what '{}' is built on any more: it changed "
                                  "meanwhile; run it again",
                                  base, reference));
  const std::filesystem::path result = place.path() / "image.tar";
  files_.write_in_parts(result, 0600, host::Durability::cached, [&](const host::Sink& take) {
    oci::write_retimed(saved, below.size(), time, oci::parse_image_name(reference).text(), take);
  });
  require({"load", "--quiet", "--input", result.string()},
          fmt::format("load image '{}'", reference), lines);
}

}  // namespace sconectl::image
