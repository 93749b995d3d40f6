#include "sconectl/manifest/open_placeholder.hpp"

namespace sconectl::manifest {

std::string closed_placeholder(std::string value) {
  const bool is_open = value.starts_with("$$SCONE::") && !value.ends_with("$$") &&
                       value.find("$$", 2) == std::string::npos &&
                       value.find_first_of(" \n\t") == std::string::npos;
  if (is_open) value += "$$";
  return value;
}

}  // namespace sconectl::manifest
