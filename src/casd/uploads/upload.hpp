// Taking a session in: from the bytes of a request to a stored version (RA-036 ... RA-046).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "casd/access/authorization.hpp"
#include "casd/cas_state.hpp"
#include "casd/routes/call.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::casd {

/// A session that is valid by itself; nothing about the stored ones was looked at yet.
struct Upload {
  session::Session session;
  std::string hash;
  /// For the policy: the TLS identity of a plain upload, or the signers of a signed one (RA-042).
  session::Caller caller;
  std::string signed_json;  ///< a signed upload as it came, else ""
  std::vector<std::string> warnings;
};

/// Opens, parses and checks a body of any form, and fills in the creator (SL-279). Throws
/// Error{unauthenticated} for a plain upload without identity, Error{invalid} for everything that
/// the session language forbids, Error{unsupported} for what this CAS has not built in.
[[nodiscard]] Upload read_upload(const CasState& state, const Call& call);
/// As read_upload(), for a body that must be encrypted (RA-026).
[[nodiscard]] Upload read_encrypted_upload(const CasState& state, const Call& call);

/// Decides (existence, permission, pins, imports) and stores, in the order of RA-038. When another
/// upload gets in between, it decides again, so that of two updates of one version exactly one is
/// stored and the other gets Error{conflict} (RA-039). Adds to `upload.warnings`.
void store_upload(CasState& state, Upload& upload);

}  // namespace sconectl::casd
