#include "action/manifests.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/files_beneath.hpp"
#include "sconectl/render/render.hpp"
#include "sconectl/session/parse.hpp"

namespace sconectl::action {
namespace {

constexpr std::size_t template_limit = std::size_t{1} << 20U;
constexpr std::size_t deepest_tree = 16;

void add_tree(const host::Files& files, const std::filesystem::path& directory,
              const std::string& prefix, std::size_t depth,
              std::map<std::string, std::string>& result) {
  if (depth > deepest_tree) {
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("'{}' is nested too deeply", directory.string()));
  }
  for (const std::string& name : files.list(directory)) {
    if (files.is_directory(directory / name)) {
      add_tree(files, directory / name, prefix + name + "/", depth + 1, result);
    } else {
      result[prefix + name] = files.read(directory / name, template_limit);
    }
  }
}

void check_expressions(const manifest::Service& service, diag::Diagnostics& out) {
  const auto check = [&](const std::string& text, const diag::Location& at) {
    render::check_expressions(text, render::Dialect::handlebars, at, out);
  };
  for (const auto* variables : {&service.local, &service.global})
    for (const manifest::Variable& variable : *variables)
      if (variable.value) check(*variable.value, variable.value_at);
  for (const manifest::InjectionFile& file : service.injection_files)
    check(file.content.text, file.content.at);
  check(service.build.command.text, service.build.command.at);
}

bool waits_for_mesh(const yaml::Value& value) {
  return value.text().find("{{") != std::string::npos ||
         std::any_of(value.items().begin(), value.items().end(), waits_for_mesh) ||
         std::any_of(value.entries().begin(), value.entries().end(),
                     [](const yaml::Entry& entry) { return waits_for_mesh(entry.value); });
}

/// What the session that a mesh makes of them would be refused for is told here already.
void check_secrets(const manifest::Service& service, diag::Diagnostics& out) {
  std::vector<yaml::Value> secrets;
  for (const manifest::Secret& secret : service.secrets)
    if (!waits_for_mesh(secret.source)) secrets.push_back(secret.source);
  if (secrets.empty() || out.has_errors()) return;
  diag::Diagnostics found;
  const diag::Location at = secrets.front().location();
  (void)session::parse_secrets(yaml::Value::sequence(std::move(secrets), at), found);
  for (const diag::Diagnostic& fault : found.all())
    if (fault.severity == diag::Severity::error) out.error(fault.location, fault.text);
}

}  // namespace

manifest::Manifest checked_manifest(const yaml::Value& document, diag::Diagnostics& out) {
  diag::Diagnostics own;
  auto result = manifest::parse(document, own);
  if (const auto* service = std::get_if<manifest::Service>(&result)) {
    check_expressions(*service, own);
    check_secrets(*service, own);
  }
  out.add(own);
  return result;
}

manifest::Manifest parsed_manifest(System& system, const Document& document,
                                   const Substitutions& substitutions) {
  diag::Diagnostics out;
  const yaml::Value value = substituted(system, document, substitutions, out);
  auto result = checked_manifest(value, out);
  out.throw_if_errors();
  for (const diag::Diagnostic& warning : out.warnings()) system.warn(warning);
  return result;
}

std::unique_ptr<host::FileLock> lock_target(System& system, const std::filesystem::path& target) {
  system.files.make_directories(target);
  return host::files_beneath(system.files, target)->lock(target / ".lock", [&] {
    system.tell(fmt::format("waiting for another run in '{}' ...", target.string()));
  });
}

std::map<std::string, std::string> text_tree(const host::Files& files,
                                             const std::filesystem::path& directory) {
  std::map<std::string, std::string> result;
  add_tree(files, directory, "", 0, result);
  return result;
}

}  // namespace sconectl::action
