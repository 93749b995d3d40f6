#include "action/session_tree.hpp"

#include <fmt/core.h>

#include "sconectl/diag/error.hpp"

namespace sconectl::action {

using diag::ErrorKind;

std::optional<std::vector<std::string>> children_of(cas::Client& client, const std::string& name) {
  std::vector<std::string> children;
  try {
    children = client.list(name).sessions;
  } catch (const diag::Error& error) {
    if (error.kind() != ErrorKind::refused && error.kind() != ErrorKind::unauthenticated) throw;
    return std::nullopt;
  }
  const std::string above = name == "/" ? "" : name + "/";
  for (const auto& child : children)
    if (child.size() <= above.size() || !child.starts_with(above) || child == "/")
      throw diag::Error(ErrorKind::failed,
                        fmt::format("the CAS lists '{}' below '{}'", child, name));
  return children;
}

}  // namespace sconectl::action
