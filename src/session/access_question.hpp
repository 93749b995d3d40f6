// What an access policy is asked, and the entries it gives an answer from.
#pragma once

#include <string>
#include <vector>

#include "sconectl/session/access_policy.hpp"
#include "sconectl/session/resolve.hpp"

namespace sconectl::session {

/// May `caller` do this? `operation` is the one whose list is judged.
struct Question {
  const Session& active;
  Operation operation;
  const Caller& caller;
  const Values& values;

  /// The value of a placeholder; an Error says why there is none.
  [[nodiscard]] yaml::Value known(const Placeholder& placeholder) const;
  /// The entries that the value of a placeholder stands for; an Error says why there are none.
  /// `nested`: beside or below others.
  [[nodiscard]] AccessEntries entries_in(const Placeholder& placeholder, bool nested) const;
};

/// A member of a `require-…` rule, with its place in the text.
struct Member {
  std::string at;
  AccessEntry entry;
};

/// The members of a rule, whose place is `at`: lists of fragments stand in their place (what can
/// not be read stays and fails), and what names an identity again is left out (SL-272).
[[nodiscard]] std::vector<Member> members_of(const AccessEntries& entries, const std::string& at,
                                             const Question& question);

}  // namespace sconectl::session
