#include "sconectl/diag/location.hpp"

#include <fmt/core.h>

namespace sconectl::diag {

std::string Location::text() const {
  if (!source) return "";
  if (line == 0) return source->name;
  return fmt::format("{}:{}:{}", source->name, line, column);
}

Location whole_file(std::string name) {
  return {std::make_shared<const Source>(std::move(name), ""), 0, 0};
}

}  // namespace sconectl::diag
