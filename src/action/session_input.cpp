#include "sconectl/action/session_input.hpp"

#include <fmt/core.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sconectl/yaml/substitute.hpp"

namespace sconectl::action {
namespace {

std::string read_input(System& system, const std::string& file) {
  const yaml::Limits limits;
  if (file == "-") return system.environment.standard_input(limits.bytes);
  return system.files.read(file, limits.bytes);
}

/// Tells warnings and keeps their texts; with --fail-on-warning they end the command (CL-011).
void finish(System& system, const diag::Diagnostics& out, bool fail_on_warning,
            std::vector<std::string>& told) {
  out.throw_if_errors();
  const auto warnings = out.warnings();
  for (const diag::Diagnostic& warning : warnings) {
    system.warn(warning);
    told.push_back(warning.text);
  }
  if (fail_on_warning && !warnings.empty()) {
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("{} warnings, and --fail-on-warning was given", warnings.size()));
  }
}

yaml::Value with_name(const yaml::Value& document, const std::string& name) {
  std::vector<yaml::Entry> entries = document.entries();
  bool found = false;
  for (yaml::Entry& entry : entries) {
    if (entry.key != "name") continue;
    entry.value = yaml::Value::scalar(name, false, entry.value.location());
    found = true;
  }
  if (!found) {
    entries.push_back(
        {"name", document.location(), yaml::Value::scalar(name, false, document.location())});
  }
  return yaml::Value::mapping(std::move(entries), document.location(), document.tag());
}

session::Session load_template(System& system, const SessionInput& input, std::string text,
                               std::vector<std::string>& told) {
  const std::string name = input.file == "-" ? "<stdin>" : input.file;
  diag::Diagnostics out;
  Document document{
      name, yaml::parse_document(name, yaml::with_variable_lines_in_blocks(std::move(text))),
      DocumentKind::session};
  yaml::Value value = substituted(system, document, input.substitutions, out);
  out.throw_if_errors();  // CL-042: before --name is applied
  if (input.name && value.is_mapping()) value = with_name(value, *input.name);
  auto result = session::parse_and_check(value, out);
  finish(system, out, input.fail_on_warning, told);
  return result;
}

session::Session load_signed(System& system, const SessionInput& input,
                             const session::SignedSession& signed_session,
                             std::vector<std::string>& told) {
  if (input.name)
    throw diag::Error(diag::ErrorKind::usage, "--name can not change a session that is signed");
  diag::Diagnostics out;
  auto result = session::parse_text(input.file + " (session)", signed_session.session, &out);
  finish(system, out, input.fail_on_warning, told);
  (void)session::verified_signers(signed_session, result);
  return result;
}

}  // namespace

LoadedSession load_session(System& system, const SessionInput& input) {
  LoadedSession result;
  std::string text = read_input(system, input.file);
  switch (session::form_of(text)) {
    case session::Form::yaml:
      result.session = load_template(system, input, std::move(text), result.warnings);
      break;
    case session::Form::signed_session:
      result.signed_session = session::parse_signed_session(text);
      result.session = load_signed(system, input, *result.signed_session, result.warnings);
      result.text = std::move(text);
      break;
    case session::Form::encrypted_session:
      result.encrypted_session = session::parse_encrypted_session(text);
      result.text = std::move(text);
      break;
  }
  return result;
}

session::Session readable_session(const LoadedSession& loaded) {
  if (loaded.session) return *loaded.session;
  throw diag::Error(diag::ErrorKind::usage,
                    "an encrypted session can only be read by the CAS that it is encrypted for");
}

}  // namespace sconectl::action
