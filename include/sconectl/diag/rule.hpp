// The rules that error texts, comments and tests name by an id, as docs/rules states them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::diag {

struct Rule {
  std::string id;        ///< "SL-036"
  std::string sentence;  ///< what it says, Markdown
  std::string source;    ///< "documentation", "release note", "observed", "ours"; several with ", "
  std::vector<std::string> tests;  ///< that prove it: "`session` Names.SL036_characters"
  std::string untested_because;    ///< the reason if there are none
};

/// The rule with this id, in upper or lower case; nothing if there is none.
[[nodiscard]] std::optional<Rule> rule(std::string_view id);

/// Every id, in the order of the pages.
[[nodiscard]] std::vector<std::string> rule_ids();

}  // namespace sconectl::diag
