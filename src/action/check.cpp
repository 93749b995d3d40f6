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
                          const Substitutions& substitutions, bool strict, diag::Diagnostics& out) {
  CheckedDocument result{document.file, document.kind, ""};
  const yaml::Value value = substituted(system, document, substitutions, out);
  if (document.kind == DocumentKind::session) {
    const session::Session session = session::parse_and_check(value, out);
    if (strict && session::uses_tee_extension(session))
      out.error(session.place.at, fmt::format("the session uses extension {} of the language, and "
                                              "--strict-compatibility was given",
                                              session::tee_extension));
    result.name = session.name;
  } else {
    result.name = checked_name(checked_manifest(value, out));
  }
  return result;
}

}  // namespace

std::vector<CheckedDocument> check_documents(System& system, const std::vector<std::string>& inputs,
                                             const Substitutions& substitutions,
                                             const CheckOptions& options) {
  diag::Diagnostics out;
  std::vector<CheckedDocument> result;
  for (const Document& document : load_documents(system, inputs))
    result.push_back(check_one(system, document, substitutions, options.strict_compatibility, out));
  if (options.fail_on_warning && !out.warnings().empty() && !out.has_errors())
    out.error({},
              fmt::format("{} warnings, and --fail-on-warning was given", out.warnings().size()));
  out.throw_if_errors();
  for (const diag::Diagnostic& warning : out.warnings()) system.warn(warning);
  return result;
}

}  // namespace sconectl::action
