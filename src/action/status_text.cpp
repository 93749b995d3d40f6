#include "action/status_text.hpp"

#include "sconectl/text/terminal_text.hpp"

namespace sconectl::action {
namespace {

constexpr std::size_t most_line_bytes = 1000;

}  // namespace

std::string one_line(const diag::Error& error) {
  std::string line = error.text();
  for (const std::string& cause : error.causes()) line += ": " + cause;
  if (!error.diagnostics().empty()) {  // the text is the first of them
    line.clear();
    for (const diag::Diagnostic& mistake : error.diagnostics())
      line += (line.empty() ? "" : "; ") + mistake.line();
  }
  return diag::shortened(text::in_one_line(line), most_line_bytes);
}

}  // namespace sconectl::action
