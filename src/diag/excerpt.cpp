#include "sconectl/diag/diagnostics.hpp"

namespace sconectl::diag {

std::optional<Excerpt> Source::excerpt(int, int) const {
  return std::nullopt;
}

std::string with_excerpt(const Diagnostic& diagnostic) {
  std::string result = diagnostic.line() + "\n";
  const Location& at = diagnostic.location;
  if (!at.source || at.line == 0) return result;
  const auto excerpt = at.source->excerpt(at.line, at.column);
  if (!excerpt) return result;
  return result + excerpt->line + "\n" + std::string(excerpt->caret, ' ') + "^\n";
}

}  // namespace sconectl::diag
