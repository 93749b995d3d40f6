// Which session may have which secret of another one (SL-175 to SL-196).
#pragma once

#include <optional>
#include <span>
#include <string>

#include "casd/sessions/session_cache.hpp"

namespace sconectl::casd {

/// A session that wants a secret of another one.
struct Importer {
  std::string name;
  std::string hash;
  /// If it is a session of another CAS: that CAS's certificates, the one whose key the connection
  /// proved first (PEM). Empty for our own.
  std::span<const std::string> cas_chain = {};
};

/// What an import names.
struct SecretReference {
  std::string session;
  std::optional<std::string> hash;  ///< the version that it pins
  std::string secret;
  bool passed_on = false;  ///< the importer exports it again: the source must name it (SL-112)
};

/// `by_name`: only an export that names the session counts (SL-112), not a namespace.
enum class ExportMatch { any, by_name };

/// `exporter` exports its secret to `importer`: by name (and hash, if pinned), to a namespace that
/// it lies in, or to everybody (SL-176 ... SL-178, SL-181). An export with `cas_key` or
/// `cas_software_key` reaches sessions of that CAS only, one without them our own only (SL-188).
[[nodiscard]] bool exported_to(const LoadedSession& exporter, const session::Secret& secret,
                               const Importer& importer, ExportMatch match);

/// The same without what is merely public (SL-178): that is what everybody can read, so of an
/// OpenPGP key the public one.
[[nodiscard]] bool exported_by_target(const LoadedSession& exporter, const session::Secret& secret,
                                      const Importer& importer);

/// The private key that belongs to a certificate is exported to `importer` too, as a secret of its
/// own (SL-162, SL-183).
[[nodiscard]] bool key_exported_to(const LoadedSession& exporter,
                                   const session::Secret& certificate, const Importer& importer);

}  // namespace sconectl::casd
