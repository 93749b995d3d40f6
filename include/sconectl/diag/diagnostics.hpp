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

/// Collects errors and warnings; a document is refused once, with all of them. What it takes does
/// not grow with the number of mistakes: of each severity the first are kept and the others
/// counted, and long texts are cut.
class Diagnostics {
 public:
  /// Of each severity.
  static constexpr std::size_t most_kept = 100;
  /// Bytes of a text that are kept.
  static constexpr std::size_t longest_text = 2'000;

  void error(Location location, std::string text);
  void warning(Location location, std::string text);
  void add(const Diagnostics& other);

  [[nodiscard]] bool has_errors() const { return errors_ > 0; }
  /// How many there were, also those that are not kept.
  [[nodiscard]] std::size_t errors() const { return errors_; }
  /// In the order in which they were found, then how many were left out ("… and 7 more errors").
  [[nodiscard]] std::vector<Diagnostic> all() const;
  [[nodiscard]] std::vector<Diagnostic> warnings() const;

  /// Throws Error{ErrorKind::invalid} that carries everything collected, if there is an error.
  void throw_if_errors() const;

 private:
  void keep(Diagnostic diagnostic);
  void append_counts(std::vector<Diagnostic>& to) const;

  std::vector<Diagnostic> kept_;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
};

/// A text cut to so many bytes, at the beginning of a character; "…" stands for the rest.
[[nodiscard]] std::string shortened(std::string text, std::size_t most_bytes);

/// The diagnostic as a terminal shows it: its line(), then what its source shows of the line, and a
/// caret.
[[nodiscard]] std::string with_excerpt(const Diagnostic& diagnostic);

}  // namespace sconectl::diag
