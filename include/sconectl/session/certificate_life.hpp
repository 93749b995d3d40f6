// What a session says about the lives of its certificates (SL-145).
#pragma once

#include <functional>
#include <string_view>

#include "sconectl/session/session.hpp"

namespace sconectl::session {

/// Whether the text of the session alone tells that a certificate would live longer than one that
/// signs it, so that it is cut at the end of that one. An imported issuer is not known, and with
/// `valid_for` below an explicit one it depends on the day.
/// `find` knows the secrets of the session by name, without searching: this is asked for each of
/// many thousand certificates.
[[nodiscard]] bool outlives_issuer(const X509& certificate,
                                   const std::function<const Secret*(std::string_view)>& find);

}  // namespace sconectl::session
