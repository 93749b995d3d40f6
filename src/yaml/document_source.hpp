// A YAML text that knows which part of a line may be shown.
#pragma once

#include <optional>

#include "sconectl/diag/location.hpp"

namespace sconectl::yaml {

/// The text is read again for an excerpt, so that a document costs nothing for it while all is
/// well.
class DocumentSource : public diag::Source {
 public:
  using diag::Source::Source;

  /// Keys, punctuation, values that only describe, and the value at the place itself unless it may
  /// be a secret; "..." for every other value; comments and what could not be read are left out.
  [[nodiscard]] std::optional<diag::Excerpt> excerpt(int line, int column) const override;
};

}  // namespace sconectl::yaml
