#include "action/session_tree.hpp"

#include <fmt/core.h>

#include "sconectl/diag/error.hpp"

namespace sconectl::action {

using diag::ErrorKind;

bool is_locked(cas::Client& client, const std::string& name, const diag::Error& met) {
  if (met.kind() != ErrorKind::unavailable) return false;
  try {
    return client.namespace_status(name).locked;
  } catch (const diag::Error&) {  // what was met first says what is wrong
    return false;
  }
}

std::optional<std::vector<std::string>> children_of(cas::Client& client, const std::string& name) {
  std::vector<std::string> children;
  try {
    children = client.list(name).sessions;
  } catch (const diag::Error& error) {
    const bool hidden =
        error.kind() == ErrorKind::refused || error.kind() == ErrorKind::unauthenticated;
    if (!hidden && !is_locked(client, name, error)) throw;
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
