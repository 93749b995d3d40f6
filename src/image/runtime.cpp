#include "sconectl/image/runtime.hpp"

#include <fmt/core.h>

namespace sconectl::image {
namespace {

std::optional<RuntimeChoice> choice(RuntimeSetting setting, std::string_view by,
                                    const diag::Location& at = {}) {
  const auto runtime = text::from_word<Runtime>(text::word(setting));
  if (!runtime) return std::nullopt;  // auto
  return RuntimeChoice{*runtime, fmt::format("{} says so", by), false, at};
}

}  // namespace

std::optional<RuntimeChoice> chosen_runtime(const RuntimeSettings& settings) {
  if (settings.option) return choice(*settings.option, "'--runtime'");
  if (settings.manifest) return choice(*settings.manifest, "'build.runtime'", settings.manifest_at);
  if (settings.environment) return choice(*settings.environment, "SCONECTL_RUNTIME");
  return std::nullopt;
}

RuntimeChoice automatic_runtime(const SconeImages& images) {
  return {images.set_up ? Runtime::scone : Runtime::native, images.because, true, {}};
}

}  // namespace sconectl::image
