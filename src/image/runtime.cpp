#include "sconectl/image/plan.hpp"

namespace sconectl::image {

std::optional<Runtime> runtime_named(std::string_view name) {
  for (const Runtime runtime : {Runtime::native, Runtime::gramine, Runtime::scone})
    if (name_of(runtime) == name) return runtime;
  return std::nullopt;
}

std::string_view name_of(Runtime runtime) {
  switch (runtime) {
    case Runtime::native:
      return "native";
    case Runtime::gramine:
      return "gramine";
    case Runtime::scone:
      return "scone";
  }
  return "";
}

std::string_view name_of(Mode mode) {
  return mode == Mode::debug ? "debug" : "production";
}

}  // namespace sconectl::image
