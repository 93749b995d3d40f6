// An image that is put on another base without being built again.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sconectl/image/facts.hpp"
#include "sconectl/oci/layout.hpp"
#include "sconectl/oci/source.hpp"
#include "sconectl/oci/tree.hpp"

namespace sconectl::image {

/// Three images, and where in them something that is added lies.
struct Rebase {
  std::string name;       ///< of the image, for messages
  std::string base_name;  ///< of the new base, noted in the manifest; "": not noted
  const Facts& facts;     ///< what the image says about itself
  const oci::ResolvedImage& image;
  const oci::ResolvedImage& old_base;
  const oci::ResolvedImage& new_base;
  const oci::Tree& own;  ///< of the image's own layers, those above its old base
  const oci::Tree& old_tree;
  const oci::Tree& new_tree;
  /// The session has the environment of the old base; it may stay that where the new one has
  /// another.
  bool keeps_environment = false;
};

struct Rebased {
  oci::WholeImage image;
  std::string digest;                    ///< of the manifest
  std::string id;                        ///< of the configuration, as engines name images
  std::vector<oci::Descriptor> of_base;  ///< layers that the new base's source has
  std::vector<oci::Descriptor> own;      ///< layers that the image's source has
};

/// The layers of an image above its base, lowest first. Error{invalid} if it was built on another.
[[nodiscard]] std::vector<oci::Descriptor> own_layers(const oci::ResolvedImage& image,
                                                      const oci::ResolvedImage& base,
                                                      const std::string& name);

/// The same layers on another base. What the launcher compares before a start are the files in
/// them, so that the image's list, and with it the session, stays what it was. Pure; the same
/// arguments give the same digest. Errors, before anything is made: unsupported for an image whose
/// base is measured with it (gramine, scone), invalid if the new base would make another image of
/// it: it says something else about what the image took over from the old one (user, ports,
/// environment; of a sconify_image how it is started, too), or has other directories where the
/// image has its own.
[[nodiscard]] Rebased rebased(const Rebase& rebase);

}  // namespace sconectl::image
