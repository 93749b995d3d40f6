#include "image/usable_base.hpp"

#include <fmt/core.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/oci/config.hpp"

namespace sconectl::image {

void require_usable_base(const oci::ResolvedImage& base, const std::string& name) {
  const oci::ConfigFacts facts = oci::parse_config(base.config, name);
  const std::string wanted = oci::this_platform().architecture;
  if (!facts.architecture.empty() && facts.architecture != wanted)
    throw diag::Error(diag::ErrorKind::unavailable,
                      fmt::format("the base '{}' is for {}, and the launcher for {}", name,
                                  facts.architecture, wanted));
  if (facts.diff_ids.size() != base.manifest.layers.size())
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("the base '{}' has {} layers and says {}", name,
                                  base.manifest.layers.size(), facts.diff_ids.size()));
  if (facts.has_triggers)
    throw diag::Error(
        diag::ErrorKind::unsupported,
        fmt::format("the base '{}' has commands that run when something is built on it "
                    "(ONBUILD); use '--engine docker' (or podman, buildah)",
                    name));
}

}  // namespace sconectl::image
