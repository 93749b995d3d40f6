#include "sconectl/action/session_deletion.hpp"

#include "action/session_tree.hpp"
#include "action/status_text.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::action {
namespace {

using diag::Error;
using diag::ErrorKind;

/// Whatever is below it first.
void collect(cas::Client& client, const std::string& name, std::vector<std::string>& names) {
  // Who may delete a session may perhaps not list its namespace.
  for (const auto& child : children_of(client, name).value_or(std::vector<std::string>()))
    collect(client, child, names);
  names.push_back(name);
}

/// Nothing if it was deleted.
std::optional<std::string> why_not(cas::Client& client, const std::string& name) {
  try {
    (void)client.delete_session(name, std::nullopt, false);
    return std::nullopt;
  } catch (const Error& error) {
    const bool gone = error.kind() == ErrorKind::unavailable && !is_locked(client, name, error);
    if (gone || error.kind() == ErrorKind::interrupted) throw;
    return one_line(error);
  }
}

}  // namespace

cas::SessionDeleted delete_session(System& system, cas::ConfigFile& config,
                                   const SessionDeletion& deletion) {
  return connect(system, config, deletion.cas)
      .client.delete_session(session::normalised(deletion.name), deletion.hash, deletion.force);
}

CleanedUp clean_up(System& system, cas::ConfigFile& config, const std::string& name,
                   const CasOptions& options, bool dry_run) {
  auto connection = connect(system, config, options);
  std::vector<std::string> names;
  collect(connection.client, session::normalised(name), names);
  CleanedUp result;
  if (dry_run) {
    result.deleted = std::move(names);
    return result;
  }
  // As long as one goes, another one may have become free of importers.
  for (bool progress = true; progress && !names.empty();) {
    progress = false;
    result.left.clear();
    for (const auto& one : names) {
      if (auto reason = why_not(connection.client, one)) {
        result.left.push_back({one, std::move(*reason)});
      } else {
        result.deleted.push_back(one);
        progress = true;
      }
    }
    names.clear();
    for (const auto& left : result.left) names.push_back(left.name);
  }
  return result;
}

}  // namespace sconectl::action
