#include "sconectl/action/image_rebase.hpp"

#include <fmt/core.h>

#include "action/image_push.hpp"
#include "action/image_sources.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/image/rebase.hpp"
#include "sconectl/oci/layout.hpp"
#include "sconectl/oci/tree.hpp"

namespace sconectl::action {
namespace {

std::string annotation(const oci::ResolvedImage& image, std::string_view name) {
  const auto found = image.manifest.annotations.find(std::string(name));
  return found == image.manifest.annotations.end() ? "" : found->second;
}

/// As the manifest notes it, whatever its tag has by now.
std::string old_base_of(const oci::ResolvedImage& image, const RebaseOptions& options) {
  if (options.from) return *options.from;
  const std::string name = annotation(image, oci::base_name_annotation);
  const std::string digest = annotation(image, oci::base_digest_annotation);
  if (name.empty() || digest.empty())
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("image '{}' does not say what it was built on (engines note it "
                                  "nowhere, '--engine none' of bases in registries does); name it "
                                  "with '--from'",
                                  options.image));
  return oci::parse_image_name(name).with_digest(digest).text();
}

/// The path of a layout is this machine's own business.
std::string noted_name(const std::string& base) {
  return oci::parse_layout_reference(base) ? "" : base;
}

void write_layout(System& system, ImageSources& sources, const FoundImage& image,
                  const FoundImage& base, const image::Rebased& made,
                  const oci::LayoutReference& target) {
  for (const oci::Descriptor& layer : made.of_base) sources.store().fetch(*base.source, layer);
  for (const oci::Descriptor& layer : made.own) sources.store().fetch(*image.source, layer);
  oci::WholeImage whole = made.image;
  whole.name = target.name;
  oci::write_layout(whole, sources.store(), system.files, target.directory);
}

void put(System& system, ImageSources& sources, const FoundImage& image, const FoundImage& base,
         const image::Rebased& made, const std::string& target) {
  if (const auto layout = oci::parse_layout_reference(target)) {
    system.tell(fmt::format("writing {} ...", target));
    return write_layout(system, sources, image, base, made, *layout);
  }
  system.tell(fmt::format("pushing {} ...", target));
  ImagePush to(system, sources, target);
  to.layers_of(base, made.of_base);
  to.layers_of(image, made.own);
  to.finish(made.image);
}

}  // namespace

ImageRebase rebase_image(System& system, const RebaseOptions& options) {
  ImageSources sources(system);
  const FoundImage& image = sources.find(options.image);
  const FoundImage& before = sources.find(old_base_of(image.image, options));
  const FoundImage& after = sources.find(options.base);
  const image::Facts facts = sources.facts(options.image);
  const auto own = image::own_layers(image.image, before.image, options.image);
  const auto tree = [&](const std::vector<oci::Descriptor>& layers, const FoundImage& source) {
    return oci::tree_of(layers, *source.source, sources.store(), system.files, sources.trees());
  };
  const oci::Tree own_tree = tree(own, image);
  const oci::Tree old_tree = tree(before.image.manifest.layers, before);
  const oci::Tree new_tree = tree(after.image.manifest.layers, after);
  const image::Rebased made =
      image::rebased({options.image, noted_name(options.base), facts, image.image, before.image,
                      after.image, own_tree, old_tree, new_tree, options.keep_environment});

  ImageRebase result;
  result.image = options.to.value_or(options.image);
  result.digest = made.digest;
  result.id = made.id;
  result.old_base = before.image.digest;
  result.new_base = after.image.digest;
  result.layers_of_old_base = before.image.manifest.layers.size();
  result.layers_of_new_base = made.of_base.size();
  result.own_layers = made.own.size();
  result.file_list = facts.file_list;
  result.unchanged = made.digest == image.image.digest && result.image == options.image;
  if (!options.dry_run && !result.unchanged) put(system, sources, image, after, made, result.image);
  return result;
}

}  // namespace sconectl::action
