// An image on its way to a registry, without a container engine.
#pragma once

#include <string>
#include <vector>

#include "action/image_sources.hpp"
#include "sconectl/oci/layout.hpp"
#include "sconectl/oci/registry.hpp"

namespace sconectl::action {

/// Layers first, then what names them: who pulls meanwhile gets the old image. What the registry
/// has is not sent again.
class ImagePush {
 public:
  /// Error{invalid} for a reference that names a digest alone: that is what a push gives.
  ImagePush(System& system, ImageSources& sources, const std::string& reference);

  /// Layers that another image has: its registry hands them over where it is the same one, else
  /// they come from where that image came from.
  void layers_of(const FoundImage& other, const std::vector<oci::Descriptor>& layers);
  /// Layers that are in the store.
  void made_layers(const std::vector<oci::Descriptor>& layers);
  /// Configuration and manifest, under the tag.
  void finish(const oci::WholeImage& image);

 private:
  void push_blob(const oci::Descriptor& blob);

  System& system_;
  oci::BlobStore& store_;
  oci::ImageName target_;
  oci::Registry registry_;
};

}  // namespace sconectl::action
