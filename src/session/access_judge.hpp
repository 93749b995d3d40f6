// How a list of an access policy judges a caller, with the reasons (SL-258 to SL-278).
#pragma once

#include <string>
#include <vector>

#include "access_question.hpp"

namespace sconectl::session {

/// What an entry or a list decides, and what it needs.
struct Verdict {
  bool granted = false;
  std::string needed;  ///< "" if nothing would help
  bool tls = false;    ///< by the TLS identity, of which a request has at most one (SL-271)
};

/// Any entry of the list at `at` suffices (SL-270). Adds a line to `reasons` for each that does
/// not.
[[nodiscard]] Verdict judged(const Question& question, const AccessEntries& entries,
                             const std::string& at, std::vector<std::string>& reasons);

}  // namespace sconectl::session
