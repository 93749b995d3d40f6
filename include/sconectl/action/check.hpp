// `check`: validates manifests and sessions, contacts nothing.
#pragma once

#include <string>
#include <vector>

#include "sconectl/action/documents.hpp"
#include "sconectl/action/system.hpp"

namespace sconectl::action {

struct CheckedDocument {
  std::string file;
  DocumentKind kind = DocumentKind::unknown;
  std::string name;  ///< build.name, policy.namespace or the session's name
};

struct CheckOptions {
  bool fail_on_warning = false;       ///< warnings count as mistakes
  bool strict_compatibility = false;  ///< extensions of the language count as mistakes (XA-001)
};

/// Throws Error{invalid} with every mistake of every document; warnings are told. Without
/// substitutions `$NAME`s are left as they are.
std::vector<CheckedDocument> check_documents(System& system, const std::vector<std::string>& inputs,
                                             const Substitutions& substitutions,
                                             const CheckOptions& options);

}  // namespace sconectl::action
