// What a service is built for.
#pragma once

#include "sconectl/text/words.hpp"

namespace sconectl::manifest {

/// What runs the program: our own launcher, Gramine, or SCONE.
enum class Runtime { native, gramine, scone };
[[nodiscard]] constexpr auto words_of(Runtime) {
  return text::words<Runtime::scone>("native", "gramine", "scone");
}

/// What `--runtime`, `build.runtime` and SCONECTL_RUNTIME can say: a runtime, or that what is set
/// up on the machine decides.
enum class RuntimeSetting { automatic, native, gramine, scone };
[[nodiscard]] constexpr auto words_of(RuntimeSetting) {
  return text::words<RuntimeSetting::scone>("auto", "native", "gramine", "scone");
}

/// Only enclaves prove what runs in them.
[[nodiscard]] constexpr bool is_attested(Runtime runtime) {
  return runtime != Runtime::native;
}

/// `--mode`.
enum class Mode { production, debug };
[[nodiscard]] constexpr auto words_of(Mode) {
  return text::words<Mode::debug>("production", "debug");
}

}  // namespace sconectl::manifest
