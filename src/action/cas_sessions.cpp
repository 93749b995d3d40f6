#include "sconectl/action/cas_sessions.hpp"

#include "sconectl/diag/error.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::action {
namespace {

using diag::ErrorKind;

/// What we may not have is not an error here.
template <typename Ask>
bool allowed(const Ask& ask) {
  try {
    ask();
    return true;
  } catch (const diag::Error& error) {
    if (error.kind() != ErrorKind::refused && error.kind() != ErrorKind::unauthenticated) throw;
    return false;
  }
}

void walk(cas::Client& client, const std::string& name, std::vector<SessionEntry>& entries) {
  SessionEntry entry;
  entry.name = name;
  std::vector<std::string> children;
  try {
    (void)allowed([&] { entry.hash = client.session_hash(name).hash; });
    entry.lists_more = allowed([&] { children = client.list(name).sessions; });
  } catch (const diag::Error& error) {
    // It was deleted after it was listed.
    if (error.kind() != ErrorKind::not_found || entries.empty()) throw;
    return;
  }
  entries.push_back(std::move(entry));
  for (const auto& child : children) walk(client, child, entries);
}

}  // namespace

std::vector<SessionEntry> cas_sessions(System& system, cas::ConfigFile& config,
                                       const std::string& name_space, const CasOptions& options) {
  auto connection = connect(system, config, options);
  std::vector<SessionEntry> entries;
  walk(connection.client, session::normalised(name_space), entries);
  return entries;
}

}  // namespace sconectl::action
