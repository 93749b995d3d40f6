// Whether two sessions mean the same, and what they say differently: the one comparison for
// `session verify`, for finding out that an upload would change nothing, and for kept signatures.
#pragma once

#include <string>
#include <vector>

#include "sconectl/session/session.hpp"

namespace sconectl::session {

/// What is filled in on the way to a CAS and may be left aside.
struct Aside {
  bool predecessor = false;
  bool creator = false;
};

/// The canonical forms are equal, apart from what is left aside.
[[nodiscard]] bool same_meaning(Session a, Session b, const Aside& aside = {});

/// The lines of their texts that only one of them has, "+ line" of `ours` before "- line" of
/// `theirs`. Values that may be secret are replaced by marks, which tell only whether they differ.
[[nodiscard]] std::vector<std::string> differences(Session ours, Session theirs,
                                                   const Aside& aside = {});

}  // namespace sconectl::session
