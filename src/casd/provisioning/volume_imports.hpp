// Volumes that a session imports from another one (SL-239 ... SL-241, SL-253).
#pragma once

#include <string>
#include <vector>

#include "casd/sessions/session_cache.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::casd {

/// "volume 'v' of session 'a/b'"
[[nodiscard]] std::string volume_label(const std::string& volume, const std::string& session);

/// The volume that an exporter offers, and how.
struct VolumeSource {
  LoadedSessionPtr exporter;
  const session::Volume* volume = nullptr;
  const session::VolumeExport* target = nullptr;
};
/// Throws Error{not_found} if there is no such session, Error{refused} for a version that the
/// import does not pin and for a volume that is missing or not exported: these are not told apart.
[[nodiscard]] VolumeSource volume_source(const SessionCache& sessions,
                                         const LoadedSession& importer,
                                         const session::VolumeImport& import);

/// What the exporter allows of what the importer wants. Throws Error{refused}.
[[nodiscard]] session::UpdatePolicy allowed_policy(const session::VolumeExport& target,
                                                   session::UpdatePolicy wanted,
                                                   const std::string& label);

/// As SecretReader::check_imports, for the volumes of a session that is being uploaded.
[[nodiscard]] std::vector<std::string> check_volume_imports(const SessionCache& sessions,
                                                            const LoadedSession& session);

}  // namespace sconectl::casd
