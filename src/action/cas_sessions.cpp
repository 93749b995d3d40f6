#include "sconectl/action/cas_sessions.hpp"

#include "action/session_tree.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::action {
namespace {

using diag::ErrorKind;

/// Nothing if we may not have it.
std::optional<std::string> hash_of(cas::Client& client, SessionEntry& entry) {
  try {
    return client.session_hash(entry.name).hash;
  } catch (const diag::Error& error) {
    entry.locked = is_locked(client, entry.name, error);
    const bool hidden = entry.locked || error.kind() == ErrorKind::refused ||
                        error.kind() == ErrorKind::unauthenticated;
    if (!hidden) throw;
    return std::nullopt;
  }
}

void walk(cas::Client& client, const std::string& name, std::vector<SessionEntry>& entries) {
  SessionEntry entry;
  entry.name = name;
  std::optional<std::vector<std::string>> children;
  try {
    entry.hash = hash_of(client, entry);
    children = children_of(client, name);
    entry.lists_more = children.has_value();
  } catch (const diag::Error& error) {
    // It was deleted after it was listed.
    if (error.kind() != ErrorKind::not_found || entries.empty()) throw;
    return;
  }
  entries.push_back(std::move(entry));
  if (!children) return;
  for (const auto& child : *children) walk(client, child, entries);
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
