#include "casd/provisioning/volume_imports.hpp"

#include "sconectl/diag/error.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;
using session::UpdatePolicy;

/// What the source's exporter offers to `importer` under this name.
void find_offer(VolumeSource& source, const LoadedSession& importer, const std::string& name) {
  const auto& exporter = source.exporter->session;
  for (const auto& volume : exporter.volumes)
    for (const auto& target : volume.exports) {
      if (target.volume_alias.value_or(volume.name) != name) continue;
      if (session::resolve(exporter.name, target.session) != importer.session.name) continue;
      if (target.session_hash && *target.session_hash != importer.stored.hash) continue;
      source.volume = &volume;
      source.target = &target;
      return;
    }
}

}  // namespace

std::string volume_label(const std::string& volume, const std::string& session) {
  return "volume '" + volume + "' of session '" + session + "'";
}

VolumeSource volume_source(const SessionCache& sessions, const LoadedSession& importer,
                           const session::VolumeImport& import) {
  const auto path = session::resolve(importer.session.name, import.session);
  if (path == importer.session.name)
    throw Error(ErrorKind::invalid, "session '" + path + "' imports from itself");
  VolumeSource result;
  result.exporter = sessions.active(path);
  if (!result.exporter) throw session_not_found(path);
  find_offer(result, importer, import.volume);
  if (result.volume == nullptr)
    throw Error(ErrorKind::refused, volume_label(import.volume, path) +
                                        " does not exist or is not exported to session '" +
                                        importer.session.name + "'");
  // Last, as for secrets.
  if (import.session_hash && *import.session_hash != result.exporter->stored.hash)
    throw Error(ErrorKind::refused,
                "session '" + path + "' is not the version that the import pins (session_hash)");
  return result;
}

UpdatePolicy allowed_policy(const session::VolumeExport& target, UpdatePolicy wanted,
                            const std::string& label) {
  switch (target.update_policy.value_or(UpdatePolicy::rollback_protected)) {
    case UpdatePolicy::ephemeral:
      return UpdatePolicy::ephemeral;
    case UpdatePolicy::no_rollback_protection:
      return wanted;
    case UpdatePolicy::rollback_protected:
      break;
  }
  if (wanted == UpdatePolicy::no_rollback_protection)
    throw Error(ErrorKind::refused, label +
                                        " is exported with rollback protection; update_policy: "
                                        "no_rollback_protection is not possible");
  return wanted;
}

std::vector<std::string> check_volume_imports(const SessionCache& sessions,
                                              const LoadedSession& session) {
  std::vector<std::string> warnings;
  for (const auto& volume : session.session.volumes) {
    if (!volume.import) continue;
    const auto label = volume_label(volume.name, session.session.name);
    try {
      (void)volume_source(sessions, session, *volume.import);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw error.within("can not import " + label);
      warnings.push_back(label + " can not be imported yet: session '" + volume.import->session +
                         "' does not exist yet");
    }
  }
  return warnings;
}

}  // namespace sconectl::casd
