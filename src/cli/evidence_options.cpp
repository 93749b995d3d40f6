#include "cli/evidence_options.hpp"

#include <chrono>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/time.hpp"

namespace sconectl::cli {

void TimeOption::add_to(CLI::App& parser, const std::string& help) {
  parser.add_option("--at", text_, help)->type_name("TIME");
}

crypto::Time TimeOption::time(const action::System& system) const {
  if (text_.empty()) return std::chrono::floor<std::chrono::seconds>(system.clock.now());
  if (const auto time = text::time(text_)) return *time;
  throw diag::Error(diag::ErrorKind::usage, "--at needs a time such as 2026-01-31T12:00:00Z");
}

void TestRootOption::add_to(CLI::App& parser, const char* name) {
  parser.add_option(name, file_, "Trust this certificate instead of the manufacturer's root")
      ->type_name("FILE");
}

std::optional<crypto::Certificate> TestRootOption::certificate(const action::System& system) const {
  if (file_.empty()) return std::nullopt;
  const std::string text = system.files.read(file_, 1U << 20U);
  system.warn(
      diag::Diagnostic{diag::Severity::warning,
                       {},
                       "the root is one for tests: whoever has its key can claim anything"});
  return text.find("-----BEGIN") == std::string::npos ? crypto::Certificate::from_der(text)
                                                      : crypto::Certificate::from_pem(text);
}

}  // namespace sconectl::cli
