#include "sconectl/manifest/service.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "manifest/kinds.hpp"
#include "manifest/read.hpp"
#include "manifest/secret.hpp"
#include "sconectl/session/image.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::manifest {
namespace {

constexpr const char* service_manifest = "service manifest";

std::optional<Signature> signature(yaml::MapReader& build) {
  const yaml::Value* found = build.find("signature");
  if (found == nullptr) return std::nullopt;
  yaml::MapReader reader(*found, build.path("signature"), service_manifest, build.out());
  Signature result;
  result.at = found->location();
  result.sign = reader.boolean("sign").value_or(false);
  result.key = optional_text(reader, "key");
  reader.finish();
  return result;
}

GramineBuild gramine(yaml::MapReader& build) {
  GramineBuild result;
  const yaml::Value* found = build.find("gramine");
  if (found == nullptr) return result;
  yaml::MapReader reader(*found, build.path("gramine"), service_manifest, build.out());
  result.manifest = optional_text(reader, "manifest");
  result.image = optional_text(reader, "image");
  if (result.image) check_reference(*result.image, reader.path("image"), reader.out());
  result.prefix = optional_text(reader, "prefix");
  if (result.prefix && !result.prefix->text.starts_with('/'))
    reader.out().error(result.prefix->at,
                       fmt::format("'{}' must be an absolute path", reader.path("prefix")));
  result.name_prefix = optional_text(reader, "name_prefix");
  result.insecure_arguments = reader.boolean("insecure_args").value_or(false);
  reader.finish();
  return result;
}

/// The value of the only key of a section, for sections that have no other.
template <typename Read>
void only_key(yaml::MapReader& parent, std::string_view section, Read read) {
  const yaml::Value* found = parent.find(section);
  if (found == nullptr) return;
  yaml::MapReader reader(*found, parent.path(section), service_manifest, parent.out());
  read(reader);
  reader.finish();
}

void check_name(const Text& name, diag::Diagnostics& out) {
  const auto plain = [](char c) {
    return text::is_alphanumeric(c) || c == '_' || c == '-' || c == '.';
  };
  if (name.text.empty()) return;
  if (!std::all_of(name.text.begin(), name.text.end(), plain) || name.text.front() == '.' ||
      name.text.front() == '-')
    out.error(name.at,
              "'build.name' names a folder and a chart: only letters, digits, '.', '_' and '-', "
              "starting with a letter, a digit or '_'");
}

/// The last part of an image's repository: "registry:5000/app/web:1" gives "web".
std::string repository_name(std::string_view reference) {
  reference = reference.substr(0, reference.find('@'));
  reference = reference.substr(reference.rfind('/') + 1);
  return std::string(reference.substr(0, reference.find(':')));
}

/// `from` without name, kind and command is an older form: the image is taken over as it is.
void read_identity(yaml::MapReader& reader, Build& build) {
  build.from = optional_text(reader, "from");
  build.to = required_text(reader, "to");
  check_reference(build.to, "build.to", reader.out());
  if (build.from) check_reference(*build.from, "build.from", reader.out());
  const auto text = [&](std::string_view key) {
    return build.from ? optional_text(reader, key).value_or(Text{"", build.from->at})
                      : required_text(reader, key);
  };
  build.name = text("name");
  build.kind = text("kind");
  build.command = text("command");
  if (!build.from) return;
  if (build.name.text.empty()) build.name.text = repository_name(build.to.text);
  if (build.kind.text.empty()) build.kind.text = "sconify_image";
}

/// What the command line adds is judged by whoever knows it.
void check_attestation(const Build& build, diag::Diagnostics& out) {
  if (!build.requires_attestation || build.runtime != RuntimeSetting::native) return;
  out.error(build.runtime_at,
            fmt::format("'build.runtime: native' has no attestation, which 'require_attestation' "
                        "on line {} demands: choose 'scone' or 'gramine', or drop the demand",
                        build.requires_attestation->line));
}

Build parse_build(const yaml::Value& value, diag::Diagnostics& out) {
  Build build;
  yaml::MapReader reader(value, "build", service_manifest, out);
  read_identity(reader, build);
  check_name(build.name, out);
  build.pwd = optional_text(reader, "pwd");
  build.requirements = optional_text(reader, "requirements");
  build.runtime = reader.word<RuntimeSetting>("runtime");
  if (build.runtime) build.runtime_at = value.find("runtime")->location();
  build.requires_attestation = required_attestation(reader);
  check_attestation(build, out);
  build.integrity = reader.word<Integrity>("integrity").value_or(Integrity::full);
  build.stable = optional_text(reader, "stable");
  build.copy = texts(reader, "copy");
  build.run = texts(reader, "run");
  build.host_paths = texts(reader, "host_path");
  const auto more = texts(reader, "host_paths");
  build.host_paths.insert(build.host_paths.end(), more.begin(), more.end());
  build.signature = signature(reader);
  build.gramine = gramine(reader);
  only_key(reader, "gen_policy",
           [&](yaml::MapReader& section) { build.gen_policy = optional_text(section, "policy"); });
  only_key(reader, "binarfs", [&](yaml::MapReader& section) {
    build.binarfs_include = texts(section, "include-new");
  });
  build.binaries = texts(reader, "binaries");
  build.dirs = texts(reader, "dirs");
  build.fs_dirs = texts(reader, "fs_dirs");
  build.fs_files = texts(reader, "fs_files");
  build.plain_files = texts(reader, "plain_files");
  build.plains = texts(reader, "plains");
  build.volumes = reader.list("volumes");
  reader.finish();
  return build;
}

/// Octal only: a decimal number would mean other rights than it looks like.
std::optional<std::uint32_t> permission(yaml::MapReader& file) {
  const auto text = optional_text(file, "permission");
  if (!text) return std::nullopt;
  const auto mode = text->text.starts_with('0') ? session::file_mode(text->text) : std::nullopt;
  if (!mode)
    file.out().error(text->at,
                     fmt::format("'{}' must be a file mode from 0 to 0o777, such as 0o640",
                                 file.path("permission")));
  return mode;
}

std::vector<InjectionFile> injection_files(yaml::MapReader& root) {
  std::vector<InjectionFile> result;
  std::map<std::string, int> lines;
  const auto& items = root.list("injection_files");
  for (std::size_t i = 0; i < items.size(); ++i) {
    yaml::MapReader reader(items[i], root.item_path("injection_files", i), service_manifest,
                           root.out());
    InjectionFile file;
    file.path = required_text(reader, "path");
    file.content = optional_text(reader, "content").value_or(Text{"", file.path.at});
    file.permission = permission(reader);
    if (!file.path.text.empty() && file.path.text.front() != '/')
      reader.out().error(file.path.at,
                         fmt::format("'{}' must be an absolute path", reader.path("path")));
    const auto [first, fresh] = lines.emplace(file.path.text, file.path.at.line);
    if (!fresh && !file.path.text.empty())
      reader.out().error(file.path.at, fmt::format("file '{}' is injected twice, first on line {}",
                                                   file.path.text, first->second));
    reader.finish();
    result.push_back(std::move(file));
  }
  return result;
}

void warn_of_repeats(const std::vector<Variable>& variables, diag::Diagnostics& out) {
  std::map<std::string, int> lines;
  for (const Variable& variable : variables) {
    const auto [first, fresh] = lines.emplace(variable.name, variable.at.line);
    if (!fresh)
      out.warning(variable.at, fmt::format("variable '{}' is defined twice (first on line {}); the "
                                           "later definition wins",
                                           variable.name, first->second));
  }
}

void parse_environment(yaml::MapReader& root, Service& service) {
  if (const yaml::Value* found = root.find("environment")) {
    yaml::MapReader reader(*found, "environment", service_manifest, root.out());
    service.local = variables(reader, "local");
    service.global = variables(reader, "global");
    reader.finish();
  }
  const auto older = variables(root, "env");
  service.local.insert(service.local.end(), older.begin(), older.end());
  for (const Variable& variable : service.local)
    if (!variable.value)
      root.out().warning(variable.at,
                         fmt::format("variable '{}' has no value and is left out; write it under "
                                     "'global' if the mesh gives it one",
                                     variable.name));
  warn_of_repeats(service.local, root.out());
  warn_of_repeats(service.global, root.out());
}

}  // namespace

const Text* Service::requirements_file() const {
  if (build.requirements) return &*build.requirements;
  return requirements ? &*requirements : nullptr;
}

Service parse_service(const yaml::Value& document, diag::Diagnostics& out) {
  Service service;
  yaml::MapReader root(document, "", service_manifest, out);
  service.at = document.location();
  root.ignore("apiVersion");
  if (const auto kind = optional_text(root, "kind")) service.kind = *kind;
  parse_environment(root, service);
  if (const yaml::Value* found = root.find("secrets")) {
    yaml::MapReader reader(*found, "secrets", service_manifest, out);
    service.secrets = secrets(reader, "global");
    service.imports = texts(reader, "import");
    reader.finish();
  }
  service.injection_files = injection_files(root);
  service.requirements = optional_text(root, "requirements");
  if (const yaml::Value* build = root.require("build")) service.build = parse_build(*build, out);
  root.finish();
  check_references(service, out);
  return service;
}

}  // namespace sconectl::manifest
