#include "action/image_push.hpp"

#include <fmt/core.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/oci/name.hpp"

namespace sconectl::action {
namespace {

double megabytes(std::uint64_t bytes) {
  return static_cast<double>(bytes) / 1e6;
}

oci::ImageName target_of_push(const std::string& reference) {
  oci::ImageName target = oci::parse_image_name(reference);
  if (target.tag.empty())
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("'{}' can not be pushed: it names a digest", reference));
  return target;
}

}  // namespace

ImagePush::ImagePush(System& system, ImageSources& sources, const std::string& reference)
    : system_(system),
      store_(sources.store()),
      target_(target_of_push(reference)),
      registry_(sources.registry(target_)) {}

void ImagePush::push_blob(const oci::Descriptor& blob) {
  std::uint64_t sent = 0;
  const auto say = [&](std::uint64_t bytes) {
    sent += bytes;
    if (system_.step)
      system_.step(blob.digest, fmt::format("pushing a layer, {:.1f} of {:.1f} MB", megabytes(sent),
                                            megabytes(blob.size)));
  };
  say(0);
  registry_.push_blob(
      blob, [&](const oci::Sink& take) { store_.read(blob, take); }, say);
}

void ImagePush::layers_of(const FoundImage& other, const std::vector<oci::Descriptor>& layers) {
  for (const oci::Descriptor& layer : layers) {
    if (registry_.has_blob(layer)) continue;
    const bool same_registry = other.name && other.name->registry == target_.registry;
    if (same_registry && registry_.mount(layer, other.name->repository)) continue;
    store_.fetch(*other.source, layer);
    system_.tell_more(fmt::format("pushing {}, {} bytes", layer.digest, layer.size));
    push_blob(layer);
  }
}

void ImagePush::made_layers(const std::vector<oci::Descriptor>& layers) {
  for (const oci::Descriptor& layer : layers) {
    if (registry_.has_blob(layer)) continue;
    system_.tell_more(fmt::format("pushing {}, {} bytes", layer.digest, layer.size));
    push_blob(layer);
  }
}

void ImagePush::finish(const oci::WholeImage& image) {
  const oci::Descriptor config{std::string(oci::config_type), oci::digest_of(image.config),
                               image.config.size()};
  if (!registry_.has_blob(config))
    registry_.push_blob(config, [&](const oci::Sink& take) { take(image.config); });
  registry_.push_manifest(target_.tag, image.media_type, image.manifest);
}

}  // namespace sconectl::action
