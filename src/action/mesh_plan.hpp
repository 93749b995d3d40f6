// What applying a mesh will do, decided without doing any of it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "action/mesh_inputs.hpp"
#include "sconectl/mesh/chart.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::action {

/// One session, in the order of upload. The forms that the last run left are kept where they still
/// say the same; "" is to be made.
struct PlannedSession {
  session::Session session;  ///< as it is uploaded
  std::string yaml;
  /// What is signed: the session, with the last signed version as its predecessor.
  session::Session to_be_signed;
  std::string kept_signed;
  std::string kept_predecessor;
  std::string kept_encrypted;  ///< for the CAS's encryption key of today
};

/// Where the sessions go.
enum class Delivery { none, cas, cluster };

struct MeshPlan {
  MeshOptions options;
  MeshCas cas;
  std::string release;
  manifest::UploadMode mode = manifest::UploadMode::upload;
  Delivery delivery = Delivery::none;
  std::vector<PlannedSession> sessions;
  /// What is recorded of the versions; nothing where nobody has named one.
  std::optional<RolloutRecord> rollout;
  /// What the last run uploaded, as far as versions are recorded: the CAS may have it.
  std::vector<session::Session> recorded;
  /// Without the templates that encrypted sessions become (mode EncryptedManifest).
  mesh::Chart chart;
  /// What session_files/ holds before: other files stay, and after a failure all of them.
  host::Tree previous;
  /// Text by file name in session_files/; with the access tokens of native services.
  std::map<std::string, std::string> environment_files;
  std::string compose;          ///< with --output compose, else ""
  std::string compose_project;  ///< the same
  /// Services whose image is not known.
  std::vector<std::string> left_out;
  std::vector<diag::Diagnostic> warnings;
};

/// Pure: the same inputs give the same plan. Throws Error{invalid} with everything that is wrong
/// with the mesh, Error{unsupported} for a mode that is not built in.
[[nodiscard]] MeshPlan plan_mesh(const MeshInputs& inputs);

/// Adds sessions with the forms of the last run (`previous`) that say the same.
void add_sessions(MeshPlan& plan, std::vector<session::Session> sessions);

/// Where sessions of a mode go.
[[nodiscard]] Delivery delivery_of(manifest::UploadMode mode, bool dry_run);

/// The session in the signed form of the last run, if there is one; one that was changed since is
/// refused.
[[nodiscard]] std::optional<session::Session> signed_before(const host::Tree& previous,
                                                            const std::string& session_name);

/// What the mesh room needs to know of the inputs.
[[nodiscard]] mesh::Options join_options(const MeshInputs& inputs);

/// A warning for each service whose image is not known, and their names in `left_out`.
void warn_of_unknown_images(const MeshInputs& inputs, diag::Diagnostics& out,
                            std::vector<std::string>& left_out);

}  // namespace sconectl::action
