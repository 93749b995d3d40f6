// All mistakes of a document, collected in one pass.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/diag/location.hpp"

namespace sconectl::diag {

enum class Severity { error, warning };

/// One mistake: where it is, what is wrong, why, and how to fix it, in one sentence of plain text
/// that never holds a secret value.
struct Diagnostic {
  Severity severity = Severity::error;
  Location location;
  std::string text;

  /// "file:line:col: error: text", without the source line.
  [[nodiscard]] std::string line() const;
};

/// Collects errors and warnings; a document is refused once, with all of them.
class Diagnostics {
 public:
  void error(Location location, std::string text);
  void warning(Location location, std::string text);
  void add(const Diagnostics& other);

  [[nodiscard]] bool has_errors() const { return errors_ > 0; }
  [[nodiscard]] std::size_t errors() const { return errors_; }
  [[nodiscard]] const std::vector<Diagnostic>& all() const { return all_; }
  [[nodiscard]] std::vector<Diagnostic> warnings() const;

  /// Throws Error{ErrorKind::invalid} that carries everything collected, if there is an error.
  void throw_if_errors() const;

 private:
  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
};

/// The diagnostic as a terminal shows it: its line(), then what its source shows of the line, and a
/// caret.
[[nodiscard]] std::string with_excerpt(const Diagnostic& diagnostic);

}  // namespace sconectl::diag
