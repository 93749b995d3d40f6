#include "action/readable_secrets.hpp"

#include <fmt/core.h>

#include <filesystem>

#include "sconectl/yaml/sensitivity.hpp"

namespace sconectl::action {
namespace {

bool filled_in_by_the_cas(std::string_view text) {
  return text.find("$$SCONE::") != std::string_view::npos;
}

void warn(const diag::Location& at, std::string_view what, diag::Diagnostics& out) {
  out.warning(at, fmt::format("{} becomes readable for everybody who can pull the image; let the "
                              "CAS fill in a secret: $$SCONE::name$$",
                              what));
}

void warn_of_variables(const std::vector<manifest::Variable>& variables, diag::Diagnostics& out) {
  for (const manifest::Variable& variable : variables) {
    if (!variable.value || variable.value->empty() || filled_in_by_the_cas(*variable.value))
      continue;
    if (yaml::secrecy_below(variable.name) == yaml::Secrecy::all)
      warn(variable.value_at, fmt::format("the value of variable '{}'", variable.name), out);
  }
}

}  // namespace

void warn_of_readable_secrets(const manifest::Service& service, diag::Diagnostics& out) {
  for (const manifest::Secret& secret : service.secrets) {
    if (!secret.value) continue;
    out.warning(
        secret.at,
        fmt::format("the value of secret '{}' becomes readable for everybody who can pull the "
                    "image; let the CAS generate it, or give it in the mesh with "
                    "'image_secrets'",
                    secret.name));
  }
  warn_of_variables(service.local, out);
  warn_of_variables(service.global, out);
  for (const manifest::InjectionFile& file : service.injection_files) {
    const std::string& text = file.content.text;
    const std::string name = std::filesystem::path(file.path.text).filename();
    const bool secret = text.find("PRIVATE KEY-----") != std::string::npos ||
                        yaml::secrecy_below(name) == yaml::Secrecy::all;
    if (secret && !text.empty() && !filled_in_by_the_cas(text))
      warn(file.content.at, fmt::format("injected file '{}'", file.path.text), out);
  }
}

}  // namespace sconectl::action
