#include "sconectl/action/check.hpp"

#include <fmt/core.h>

#include "action/manifests.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/parse.hpp"

namespace sconectl::action {
namespace {

std::string checked_name(const manifest::Manifest& manifest) {
  if (const auto* service = std::get_if<manifest::Service>(&manifest))
    return service->build.name.text;
  return std::get<manifest::Mesh>(manifest).policy.name_space.text;
}

CheckedDocument check_one(System& system, const Document& document,
                          const Substitutions& substitutions, diag::Diagnostics& out) {
  CheckedDocument result{document.file, document.kind, ""};
  const yaml::Value value = substituted(system, document, substitutions, out);
  if (document.kind == DocumentKind::session) {
    result.name = session::parse_and_check(value, out).name;
  } else {
    result.name = checked_name(checked_manifest(value, out));
  }
  return result;
}

}  // namespace

std::vector<CheckedDocument> check_documents(System& system, const std::vector<std::string>& inputs,
                                             const Substitutions& substitutions,
                                             bool fail_on_warning) {
  diag::Diagnostics out;
  std::vector<CheckedDocument> result;
  for (const Document& document : load_documents(system, inputs))
    result.push_back(check_one(system, document, substitutions, out));
  if (fail_on_warning && !out.warnings().empty() && !out.has_errors())
    out.error({},
              fmt::format("{} warnings, and --fail-on-warning was given", out.warnings().size()));
  out.throw_if_errors();
  for (const diag::Diagnostic& warning : out.warnings()) system.warn(warning);
  return result;
}

}  // namespace sconectl::action
