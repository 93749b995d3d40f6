// Who chooses the runtime of a service image.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sconectl/diag/location.hpp"
#include "sconectl/manifest/runtime.hpp"

namespace sconectl::image {

using manifest::Runtime;
using manifest::RuntimeSetting;

/// Where SCONE's base images are unless SCONECTL_REPO says otherwise.
inline constexpr std::string_view scone_repository = "registry.scontain.com/sconectl";

/// What the user said about the runtime, the strongest first.
struct RuntimeSettings {
  std::optional<RuntimeSetting> option;       ///< --runtime
  std::optional<RuntimeSetting> manifest;     ///< build.runtime
  diag::Location manifest_at;                 ///< of build.runtime
  std::optional<RuntimeSetting> environment;  ///< SCONECTL_RUNTIME
};

/// Whether SCONE base images are set up on this machine, which is what "auto" goes by.
struct SconeImages {
  bool set_up = false;
  std::string because;  ///< "SCONECTL_REPO is set", "docker has no credentials for …"
};

struct RuntimeChoice {
  Runtime runtime = Runtime::native;
  std::string because;     ///< "'--runtime' says so", or what SconeImages says
  bool automatic = false;  ///< nobody named a runtime
  diag::Location at;       ///< of build.runtime if that decided
};

/// What the user's settings choose, or nothing if they leave it to the machine, which is also the
/// default.
[[nodiscard]] std::optional<RuntimeChoice> chosen_runtime(const RuntimeSettings& settings);

/// What "auto" chooses (docs/commands.md): scone where its images are set up, else native.
[[nodiscard]] RuntimeChoice automatic_runtime(const SconeImages& images);

}  // namespace sconectl::image
