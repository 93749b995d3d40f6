// The user's files, as a plan looks at them.
#pragma once

#include <string>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/image/plan.hpp"
#include "sconectl/manifest/text.hpp"

namespace sconectl::image {

class SourceView {
 public:
  /// `missing` gets a line for each path that leads nowhere (BuildPlan::missing).
  SourceView(const Sources& sources, diag::Diagnostics& out, std::vector<std::string>& missing)
      : sources_(sources), out_(out), missing_(missing) {}

  /// A missing one for paths that nobody looked at.
  [[nodiscard]] const Source& source(const manifest::Text& path) const;
  /// Says so if a path leads nowhere. `field` names it in messages.
  [[nodiscard]] bool usable(const manifest::Text& path, const char* field);

 private:
  const Sources& sources_;
  diag::Diagnostics& out_;
  std::vector<std::string>& missing_;
};

}  // namespace sconectl::image
