#include "sconectl/diag/error.hpp"

#include <algorithm>

namespace sconectl::diag {

Error::Error(ErrorKind kind, std::string text, std::vector<std::string> causes)
    : kind_(kind), text_(std::move(text)), causes_(std::move(causes)) {}

Error::Error(std::vector<Diagnostic> diagnostics)
    : kind_(ErrorKind::invalid), diagnostics_(std::move(diagnostics)) {
  const auto first =
      std::find_if(diagnostics_.begin(), diagnostics_.end(),
                   [](const Diagnostic& d) { return d.severity == Severity::error; });
  text_ = first == diagnostics_.end() ? "invalid input" : first->line();
}

Error Error::within(std::string context) const {
  Error outer = *this;
  outer.causes_.insert(outer.causes_.begin(), text_);
  outer.text_ = std::move(context);
  return outer;
}

}  // namespace sconectl::diag
