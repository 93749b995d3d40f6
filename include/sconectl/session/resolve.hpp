// Configuration sections with their placeholders replaced (SL-086, SL-089, SL-203 ... SL-211).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/crypto/secret.hpp"
#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::session {

/// The value of a secret for a configuration section: a config-fragment's node, or a scalar with
/// the formatted text of another kind. Nothing, or an Error, if it cannot be had.
using Values = std::function<std::optional<yaml::Value>(const Placeholder&)>;

/// Each reads the same way as parse() does, so a fragment is judged by the same rules as text in
/// the session; faults go to `out` and never show the value. A fragment that itself holds a
/// placeholder is refused (SL-206). Nothing if the section as a whole is a placeholder that stays.
[[nodiscard]] std::optional<AccessPolicy> resolved_access_policy(const Session& session,
                                                                 const Values& values,
                                                                 diag::Diagnostics& out);
[[nodiscard]] std::optional<Security> resolved_security(const Session& session,
                                                        const Values& values,
                                                        diag::Diagnostics& out);
/// The variants of `attestation` and `mrenclaves` together (SL-092), lists spliced, no placeholder
/// left.
[[nodiscard]] std::vector<AttestationVariant> resolved_attestation(const Service& service,
                                                                   const Values& values,
                                                                   diag::Diagnostics& out);
[[nodiscard]] std::vector<std::string> resolved_platforms(const Service& service,
                                                          const Values& values,
                                                          diag::Diagnostics& out);
/// The entries that an access policy's placeholder stands for: a keyword, key hash, certificate, or
/// a list of entries (SL-264). Throws Error{invalid} with the reason.
[[nodiscard]] AccessEntries entries_of(const yaml::Value& value);

/// The decoded TOTP key of a service-level or security-level setting: base32 text, or what a
/// placeholder gave (SL-307, SL-308, SL-310). Throws Error{invalid} if it is not base32 or shorter
/// than 16 bytes.
[[nodiscard]] crypto::Secret one_time_password_key(std::string_view base32);

}  // namespace sconectl::session
