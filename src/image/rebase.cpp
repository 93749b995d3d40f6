#include "sconectl/image/rebase.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "image/kind.hpp"
#include "image/usable_base.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/image/base_image.hpp"
#include "sconectl/oci/config.hpp"
#include "sconectl/oci/name.hpp"

namespace sconectl::image {
namespace {

constexpr const char* build_again = "build it again with 'sconectl apply --base'";

BaseImage start_of(const oci::ResolvedImage& image, const std::string& name) {
  return parse_base_image(oci::parse_config(image.config, name).start).value_or(BaseImage{});
}

/// Names of variables that one of them has otherwise, or not at all.
std::set<std::string> other_variables(const text::Environment& before,
                                      const text::Environment& after) {
  std::set<std::string> names;
  const auto add = [&](const text::Environment& all, const text::Environment& other) {
    for (const text::Variable& each : all)
      if (std::find(other.begin(), other.end(), each) == other.end()) names.insert(each.name);
  };
  add(before, after);
  add(after, before);
  return names;
}

/// What the image says about itself was taken over from its old base.
void compare_starts(const Rebase& rebase, std::vector<std::string>& causes) {
  const BaseImage before = start_of(rebase.old_base, "the old base");
  const BaseImage after = start_of(rebase.new_base, "the new base");
  if (before.user != after.user)
    causes.push_back(
        fmt::format("its user (USER) was '{}' and would be '{}'", before.user, after.user));
  if (before.ports != after.ports) causes.emplace_back("its ports (EXPOSE) would be others");
  const auto variables = other_variables(before.environment, after.environment);
  if (!variables.empty() && !rebase.keeps_environment)
    causes.push_back(
        fmt::format("its environment (ENV) would be another: {}; with "
                    "'--keep-environment' it is what the session has of the old base",
                    fmt::join(variables, ", ")));
  const auto kind = kind_of(rebase.facts.kind);
  if (!kind || kind->family != Kind::Family::sconify_image) return;
  if (before.words() != after.words())
    causes.emplace_back("how it is started (ENTRYPOINT, CMD) would be something else");
  if (before.directory != after.directory)
    causes.push_back(fmt::format("its directory (WORKDIR) was '{}' and would be '{}'",
                                 before.directory, after.directory));
}

/// Directories that the image's layers bring along are as the old base had them.
void compare_directories(const Rebase& rebase, std::vector<std::string>& causes) {
  for (const std::string& path : rebase.own.directories()) {
    if (rebase.new_tree.resolved(path) != path) {
      causes.push_back(fmt::format("'/{}' is behind a symbolic link of the new base", path));
      continue;
    }
    const oci::Directory* before = rebase.old_tree.directory(path);
    const oci::Directory* after = rebase.new_tree.directory(path);
    if (after == nullptr) continue;
    if (before == nullptr) {
      causes.push_back(
          fmt::format("the new base has '/{}', where only the image's own files may be", path));
    } else if (*before != *after) {
      causes.push_back(fmt::format("'/{}' has another mode or owner in the new base", path));
    }
  }
}

/// The image's files lie where links of the old base led: "/opt/x" in "usr/opt/x".
void compare_links(const Rebase& rebase, std::vector<std::string>& causes) {
  for (const std::string& link : rebase.old_tree.links()) {
    const std::string target = rebase.old_tree.resolved(link);
    if (rebase.own.directory(target) != nullptr && rebase.new_tree.resolved(link) != target)
      causes.push_back(fmt::format("'/{}' leads to '/{}' in the old base, and not in the new one",
                                   link, target));
  }
}

void require_same_image(const Rebase& rebase) {
  if (rebase.facts.runtime != Runtime::native)
    throw diag::Error(diag::ErrorKind::unsupported,
                      fmt::format("image '{}' can not be put on another base: {}; {}", rebase.name,
                                  rebase.facts.runtime ? "its base is measured with it"
                                                       : "it was not made by sconectl",
                                  build_again));
  std::vector<std::string> causes;
  compare_starts(rebase, causes);
  compare_directories(rebase, causes);
  compare_links(rebase, causes);
  if (!causes.empty())
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("image '{}' would not be the same on the new base; {}",
                                  rebase.name, build_again),
                      causes);
}

}  // namespace

std::vector<oci::Descriptor> own_layers(const oci::ResolvedImage& image,
                                        const oci::ResolvedImage& base, const std::string& name) {
  const auto all = oci::parse_config(image.config, name).diff_ids;
  const std::vector<oci::Descriptor>& layers = image.manifest.layers;
  if (all.size() != layers.size())
    throw diag::Error(diag::ErrorKind::invalid, fmt::format("image '{}' has {} layers and says {}",
                                                            name, layers.size(), all.size()));
  const std::size_t below = oci::layers_of_base(
      all, oci::parse_config(base.config, "the base of " + name).diff_ids, name);
  return {layers.begin() + static_cast<std::ptrdiff_t>(below), layers.end()};
}

Rebased rebased(const Rebase& rebase) {
  require_usable_base(rebase.new_base, rebase.base_name);
  Rebased result;
  for (const oci::Descriptor& layer : rebase.new_base.manifest.layers)
    result.of_base.push_back(oci::in_words_of_oci(layer));
  for (const oci::Descriptor& layer : own_layers(rebase.image, rebase.old_base, rebase.name))
    result.own.push_back(oci::in_words_of_oci(layer));
  require_same_image(rebase);

  result.image.config = oci::rebased_config(rebase.image.config, rebase.old_base.config,
                                            rebase.new_base.config, rebase.name);
  result.id = oci::digest_of(result.image.config);
  oci::Manifest manifest;
  manifest.annotations = rebase.image.manifest.annotations;
  manifest.annotations.erase(std::string(oci::base_name_annotation));
  if (!rebase.base_name.empty())
    manifest.annotations[std::string(oci::base_name_annotation)] = rebase.base_name;
  manifest.annotations[std::string(oci::base_digest_annotation)] = rebase.new_base.digest;
  manifest.config = {std::string(oci::config_type), result.id, result.image.config.size()};
  manifest.layers = result.of_base;
  manifest.layers.insert(manifest.layers.end(), result.own.begin(), result.own.end());
  result.image.manifest = oci::write(manifest);
  result.image.layers = manifest.layers;
  result.digest = oci::digest_of(result.image.manifest);
  return result;
}

}  // namespace sconectl::image
