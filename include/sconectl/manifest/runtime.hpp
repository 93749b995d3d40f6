// What a service is built for.
#pragma once

#include "sconectl/text/words.hpp"

namespace sconectl::manifest {

/// What runs the program: our own launcher, Gramine, or SCONE.
enum class Runtime { native, gramine, scone };
[[nodiscard]] constexpr auto words_of(Runtime) {
  return text::words<Runtime::scone>("native", "gramine", "scone");
}

/// `--mode`.
enum class Mode { production, debug };
[[nodiscard]] constexpr auto words_of(Mode) {
  return text::words<Mode::debug>("production", "debug");
}

}  // namespace sconectl::manifest
