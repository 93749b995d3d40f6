// `image rebase`: an image on another base, without being built again.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "sconectl/action/system.hpp"

namespace sconectl::action {

struct RebaseOptions {
  std::string image;                ///< in a registry, or "oci:DIRECTORY[:NAME]"
  std::string base;                 ///< the new one, as `image`
  std::optional<std::string> from;  ///< the old one; else what the image's manifest notes
  std::optional<std::string> to;    ///< where the result goes; else over the image
  bool keep_environment = false;    ///< image::Rebase::keeps_environment
  bool dry_run = false;             ///< neither push nor write
};

struct ImageRebase {
  std::string image;     ///< where the result is, or would be
  std::string digest;    ///< of its manifest
  std::string id;        ///< of its configuration
  std::string old_base;  ///< digests of manifests
  std::string new_base;
  std::size_t layers_of_old_base = 0;
  std::size_t layers_of_new_base = 0;
  std::size_t own_layers = 0;
  std::string file_list;   ///< what the session knows the image by, the same as before; or ""
  bool unchanged = false;  ///< it is on that base already, and goes nowhere else
};

/// Reads three images without an engine, and pushes or writes the result. Errors as of
/// image::rebased(), unavailable if one can not be read, invalid if the image does not say what it
/// was built on and `from` is missing. A layout is replaced at once, a tag when all layers are
/// there.
[[nodiscard]] ImageRebase rebase_image(System& system, const RebaseOptions& options);

}  // namespace sconectl::action
