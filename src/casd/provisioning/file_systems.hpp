// The protected file systems of a service: its own and its volumes (SL-061 to SL-064, SL-230 to
// SL-253).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casd/provisioning/file_system_state.hpp"
#include "casd/secrets/secret_reader.hpp"
#include "sconectl/cas/wire_running.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::casd {

/// Where the CAS keeps the states of file systems (Store::change_state).
[[nodiscard]] std::string volume_subject(std::string_view volume);
[[nodiscard]] std::string fspf_subject(std::string_view service);

/// The subjects whose states end with an update: what is new, or has another key or tag than in the
/// version before (SL-228). The CAS makes a new key when the file system is first used.
[[nodiscard]] std::vector<std::string> ended_states(const session::Session& fresh,
                                                    const session::Session& before);

/// Reads and changes file systems as a service sees them. Imported volumes are looked up at every
/// use: what an exporter withdraws ends at once.
class FileSystems {
 public:
  FileSystems(Store& store, const StatePermission& permission, const SessionCache& sessions,
              SecretReader& secrets)
      : store_(store), permission_(permission), sessions_(sessions), secrets_(secrets) {}

  /// The volumes of the service's image, in its order. Throws Error{refused} for an import that is
  /// not allowed (SL-240, SL-241, SL-253).
  [[nodiscard]] std::vector<cas::ProtectedFileSystem> volumes(const LoadedSession& session,
                                                              const session::Image& image);
  [[nodiscard]] cas::ProtectedFileSystem own(const LoadedSession& session,
                                             const session::Service& service,
                                             const session::Fspf& fspf);
  /// Judges and stores a new tag (SL-079, SL-252). Throws Error{not_found} for a volume that the
  /// service does not use.
  /// `notes` are stored with it.
  [[nodiscard]] cas::TagReply update(const LoadedSession& session, const session::Service& service,
                                     const cas::TagUpdate& update, const Notes& notes);

 private:
  /// Which session keeps the state of a file system, and what that says about it.
  struct Located {
    LoadedSessionPtr exporter;  ///< of an imported volume: keeps `session` alive
    const LoadedSession* session = nullptr;
    std::string subject;
    std::optional<session::Setting<std::string>> key;
    std::optional<std::string> initial;  ///< raw bytes
    TagRule rule = TagRule::linear;
    session::UpdatePolicy policy = session::UpdatePolicy::rollback_protected;
    session::VolumeFiles files = session::VolumeFiles::encrypted;
  };

  [[nodiscard]] Located locate_volume(const LoadedSession& session,
                                      const session::ImageVolume& used) const;
  [[nodiscard]] Located locate_import(const LoadedSession& session, const session::Volume& volume,
                                      session::UpdatePolicy wanted) const;
  [[nodiscard]] static Located located_volume(const LoadedSession& owner,
                                              const session::Volume& volume,
                                              session::UpdatePolicy policy);
  [[nodiscard]] static Located locate_own(const LoadedSession& session,
                                          const session::Service& service,
                                          const session::Fspf& fspf);
  [[nodiscard]] cas::ProtectedFileSystem described(const Located& at);
  [[nodiscard]] std::string given_key(const Located& at);
  [[nodiscard]] FileSystemState state(const Located& at);

  Store& store_;
  const StatePermission& permission_;
  const SessionCache& sessions_;
  SecretReader& secrets_;
};

}  // namespace sconectl::casd
