#include "action/image_sources.hpp"

#include <fmt/core.h>

#include "sconectl/action/apply_service.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/image/description.hpp"
#include "sconectl/oci/config.hpp"
#include "sconectl/oci/selection.hpp"

namespace sconectl::action {
namespace {

constexpr std::string_view folder_prefix = "scone/";
constexpr std::uint64_t largest_known_file = std::uint64_t{1} << 20U;
constexpr std::size_t largest_folder = std::size_t{16} << 20U;

}  // namespace

bool without_engine(const System& system, const std::optional<std::string>& option) {
  return engine_name(system, option) == "none";
}

ImageSources::ImageSources(System& system)
    : system_(system),
      directory_(cache_directory(system).parent_path() / "oci"),
      credentials_(system.environment, system.files, system.processes),
      store_(system.files, directory_) {}

oci::Registry ImageSources::registry(const oci::ImageName& name) {
  return {system_.http, system_.files, credentials_, name};
}

std::optional<ImageSources::InLayout> ImageSources::in_layout(const std::string& reference) {
  const auto named = oci::parse_layout_reference(reference);
  if (!named) return std::nullopt;
  return InLayout{std::make_unique<oci::Layout>(system_.files, named->directory), named->name};
}

std::optional<std::string> ImageSources::digest(const std::string& reference) {
  if (const auto layout = in_layout(reference)) {
    const auto found = layout->source->manifest(layout->selector);
    return found ? std::optional(found->digest) : std::nullopt;
  }
  const oci::ImageName name = oci::parse_image_name(reference);
  return registry(name).digest(name.selector());
}

const FoundImage& ImageSources::find(const std::string& reference) {
  if (const auto known = found_.find(reference); known != found_.end()) return known->second;
  FoundImage found;
  std::string selector;
  if (auto layout = in_layout(reference)) {
    found.source = std::move(layout->source);
    selector = std::move(layout->selector);
  } else {
    found.name = oci::parse_image_name(reference);
    selector = found.name->selector();
    found.source =
        std::make_unique<oci::Registry>(system_.http, system_.files, credentials_, *found.name);
  }
  found.image = oci::resolve(*found.source, selector, oci::this_platform());
  return found_.emplace(reference, std::move(found)).first->second;
}

image::BaseImage ImageSources::start_of(const std::string& reference) {
  if (reference == "scratch") return {};
  const auto facts = oci::parse_config(find(reference).image.config, reference);
  return image::parse_base_image(facts.start).value_or(image::BaseImage{});
}

image::SconeFolder ImageSources::folder_in_layers(const FoundImage& found,
                                                  const std::string& reference) {
  const oci::Selection selection{
      [](const std::string& path) { return path.starts_with(folder_prefix); }, largest_known_file,
      largest_folder};
  image::SconeFolder folder;
  std::size_t total = 0;
  for (auto& [path, text] : oci::selected_files(found.image.manifest.layers, *found.source, store_,
                                                selection, system_.files, directory_ / "folders")) {
    if (!text) continue;  // a directory, or larger than what a mesh reads
    total += text->size();
    if (total > largest_folder)
      throw diag::Error(
          diag::ErrorKind::invalid,
          fmt::format("the /scone folder of image '{}' is larger than 16 MiB", reference));
    folder[path.substr(folder_prefix.size())] = std::move(*text);
  }
  if (folder.empty())
    throw diag::Error(
        diag::ErrorKind::invalid,
        fmt::format("image '{}' has no /scone folder, so a mesh does not know how to "
                    "run it; build it with 'sconectl apply -f <its service manifest>'",
                    reference));
  return folder;
}

image::Facts ImageSources::facts(const std::string& reference) {
  const FoundImage& found = find(reference);
  const auto config = oci::parse_config(found.image.config, reference);
  const auto label = config.labels.find(std::string(image::description_label));
  // Empty where an engine has built the image: what it says was known inside of the build only.
  const bool described = label != config.labels.end() && !label->second.empty();
  image::Facts result =
      image::facts_from(described ? image::read_description(label->second, reference)
                                  : folder_in_layers(found, reference),
                        reference);
  result.image_id = found.image.manifest.config.digest;
  if (found.name)
    result.digest =
        fmt::format("{}@{}", reference.substr(0, reference.find('@')), found.image.digest);
  return result;
}

}  // namespace sconectl::action
