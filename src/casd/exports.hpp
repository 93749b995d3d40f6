// Which session may have which secret of another one (§9).
#pragma once

#include "casd/sessions.hpp"

namespace sconectl::casd {

/// `by_name`: only an export that names the session counts (SL-112), not a namespace.
enum class Reach { any, by_name };

/// `exporter` exports its secret to `importer`: by name (and hash, if pinned), to a namespace that
/// it lies in, or to everybody (SL-176 ... SL-178, SL-181).
[[nodiscard]] bool exported_to(const LoadedSession& exporter, const session::Secret& secret,
                               const LoadedSession& importer, Reach reach);

/// The private key that belongs to a certificate is exported to `importer` too, as a secret of its
/// own (SL-162, SL-183).
[[nodiscard]] bool key_exported_to(const LoadedSession& exporter,
                                   const session::Secret& certificate,
                                   const LoadedSession& importer);

}  // namespace sconectl::casd
