// The one exception of the program.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"

namespace sconectl::diag {

/// What went wrong, as far as a script may have to know. Two tables and nothing else read it:
/// exit status (src/cli/exit_status.cpp, docs/commands.md) and HTTP status (cas/wire.hpp).
enum class ErrorKind {
  failed,           ///< the operation was tried and did not work
  refused,          ///< the other side said no (permission, attestation, another key than pinned)
  unauthenticated,  ///< an identity is needed and none was presented
  usage,            ///< wrong command line
  invalid,          ///< input that breaks a rule; nothing was written or sent
  not_found,        ///< a session, version, secret or file that is asked for does not exist
  conflict,         ///< lost update, name in use
  unavailable,      ///< something needed is missing or unreachable (engine, CAS, registry, file)
  too_many,         ///< asked too often; later it may work
  unsupported,      ///< understood, but not built in
  interrupted,      ///< SIGINT or SIGTERM
};

/// An operation can not go on. `text` says what, why and how to fix it; causes go from the outer to
/// the inner one. No text ever holds a secret value.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string text, std::vector<std::string> causes = {});
  /// A refused document: everything that was collected about it.
  explicit Error(std::vector<Diagnostic> diagnostics);

  [[nodiscard]] ErrorKind kind() const { return kind_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::vector<std::string>& causes() const { return causes_; }
  /// Not empty only for a refused document.
  [[nodiscard]] const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

  /// The same error seen from further out: `context` becomes the text, the old text its first
  /// cause.
  [[nodiscard]] Error within(std::string context) const;

  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  ErrorKind kind_;
  std::string text_;
  std::vector<std::string> causes_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace sconectl::diag
