#include "image/scone_plan.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "image/kind.hpp"
#include "image/scone_dockerfile.hpp"
#include "sconectl/image/description.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::image {
namespace {

/// Engines mount them while a container runs, so no image holds what counts.
constexpr std::array<std::string_view, 2> network_files = {"/etc/resolv.conf", "/etc/hosts"};

constexpr const char* binary_fs_library = "/lib/libbinary-fs.so";

/// Where the runtime of a language has its own files. Programs of others name theirs.
std::vector<std::string> language_files(Kind::Family family) {
  switch (family) {
    case Kind::Family::python:
      return {"/usr/lib/python3*", "/usr/local/lib/python3*"};
    case Kind::Family::java:
      return {"/usr/lib/jvm", "/opt/java"};
    case Kind::Family::node:
      return {"/usr/lib/node_modules", "/usr/local/lib/node_modules"};
    case Kind::Family::sconify_image:
      break;
  }
  return {};
}

/// A path that a manifest names for the files of an enclave.
bool check_path(const manifest::Text& path, std::string_view field, diag::Diagnostics& out) {
  const bool odd =
      std::any_of(path.text.begin(), path.text.end(), [](char c) { return text::is_control(c); });
  if (path.text.starts_with('/') && path.text.size() > 1 && !odd) return true;
  out.error(path.at,
            fmt::format("'{}' names absolute paths of the image, this is '{}'", field, path.text));
  return false;
}

/// Those that are given, without '/' at their ends.
std::vector<std::string> paths(const std::vector<manifest::Text>& given, std::string_view field,
                               diag::Diagnostics& out) {
  std::vector<std::string> result;
  for (const manifest::Text& path : given) {
    if (!check_path(path, field, out)) continue;
    std::string text = path.text;
    while (text.size() > 1 && text.back() == '/') text.pop_back();
    result.push_back(std::move(text));
  }
  return result;
}

void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

/// SCONE's own variables among those of the service: they stand in the image, as its enclave is
/// created before any session is there.
text::Environment environment_of(const manifest::Service& service, bool binary_fs,
                                 diag::Diagnostics& out) {
  text::Environment result = {{"SCONE_MODE", "hw"}};
  for (const manifest::Variable& variable : service.local) {
    if (!variable.name.starts_with("SCONE_") || !variable.value) continue;
    if (variable.value->find("$$SCONE::") != std::string::npos ||
        variable.value->find("{{") != std::string::npos)
      out.error(variable.at,
                fmt::format("'{}' decides what the enclave is measured as, so its value has to be "
                            "known when the image is built",
                            variable.name));
    const bool is_number = variable.name == "SCONE_ISVPRODID" || variable.name == "SCONE_ISVSVN";
    if (is_number && !text::number<std::uint16_t>(*variable.value))
      out.error(variable.at, fmt::format("'{}' is '{}', and has to be a number from 0 to 65535",
                                         variable.name, *variable.value));
    text::set(result, variable.name, *variable.value);
  }
  if (binary_fs) text::set(result, "SCONE_EXTENSIONS_PATH", binary_fs_library);
  return result;
}

void check_protection(const manifest::Build& build, diag::Diagnostics& out) {
  const manifest::Text* fs = nullptr;
  for (const auto* list : {&build.fs_dirs, &build.fs_files, &build.binarfs_include})
    if (fs == nullptr && !list->empty()) fs = &list->front();
  if (!build.dirs.empty() && fs != nullptr)
    out.error(fs->at, fmt::format("'build.dirs' (line {}) and a binary file system are two ways to "
                                  "protect files, and a program of SCONE has one of them",
                                  build.dirs.front().at.line));
}

std::uint16_t small_number(const text::Environment& environment, std::string_view name) {
  for (const auto& variable : environment)
    if (variable.name == name) return text::number<std::uint16_t>(variable.value).value_or(0);
  return 0;
}

std::string lines_of(const std::vector<std::string>& list) {
  std::string result;
  for (const std::string& item : list) result += item + "\n";
  return result;
}

}  // namespace

SconeParts scone_parts(const manifest::Service& service, const PlanOptions& options,
                       const Facts& facts, const std::vector<std::string>& application,
                       diag::Diagnostics& out) {
  const manifest::Build& build = service.build;
  const auto kind = kind_of(build.kind.text);
  const auto family = kind ? kind->family : Kind::Family::sconify_image;
  SconeParts parts;
  parts.image = fmt::format("{}/sconecli:{}", options.repository, options.version);
  parts.converts_program = build.from.has_value();
  check_protection(build, out);
  (void)paths(build.dirs, "build.dirs", out);
  if (build.dirs.empty()) {
    append(parts.included, paths(build.fs_dirs, "build.fs_dirs", out));
    append(parts.included, paths(build.fs_files, "build.fs_files", out));
    append(parts.included, paths(build.binarfs_include, "build.binarfs.include-new", out));
    if (facts.pwd != "/" && !application.empty()) parts.included.push_back(facts.pwd);
    if (facts.pwd == "/")
      for (const std::string& path : application) parts.included.push_back("/" + path);
    parts.included_if_there = language_files(family);
  }
  const bool binary_fs = !parts.included.empty() || !parts.included_if_there.empty();
  for (const std::string_view path : network_files) parts.host_paths.emplace_back(path);
  for (std::string& path : paths(build.host_paths, "build.host_paths", out))
    if (std::find(parts.host_paths.begin(), parts.host_paths.end(), path) == parts.host_paths.end())
      parts.host_paths.push_back(std::move(path));
  if (!binary_fs && build.dirs.empty())
    out.warning(build.kind.at,
                "no file of the image is protected but the program itself: name them in "
                "'build.fs_dirs' and 'build.fs_files' (in the enclave), or 'build.dirs'");
  parts.environment = environment_of(service, binary_fs, out);
  return parts;
}

SconeBuild scone_build(const SconeParts& parts, const manifest::Build& build, std::string program) {
  SconeBuild result;
  result.image = parts.image;
  result.program = std::move(program);
  result.converts_program = parts.converts_program;
  for (const manifest::Text& path : build.dirs) result.authenticated.push_back(path.text);
  result.product_id = small_number(parts.environment, "SCONE_ISVPRODID");
  result.svn = small_number(parts.environment, "SCONE_ISVSVN");
  return result;
}

void add_scone_context(const SconeParts& parts, BuildPlan& plan) {
  if (parts.included.empty() && parts.included_if_there.empty()) return;
  plan.context["protect/binary-fs.sh"] = {binary_fs_script(), 0644};
  plan.context["protect/included"] = {lines_of(parts.included), 0644};
  plan.context["protect/included-if-there"] = {lines_of(parts.included_if_there), 0644};
  plan.context["protect/host-paths"] = {lines_of(parts.host_paths), 0644};
}

void warn_of_scone_fields(const manifest::Build& build, Runtime runtime, diag::Diagnostics& out) {
  const auto warn = [&](const std::vector<manifest::Text>& given, std::string_view field) {
    if (!given.empty())
      out.warning(given.front().at,
                  fmt::format("'{}' has no effect with the runtime '{}': only SCONE protects files "
                              "in its own way",
                              field, text::word(runtime)));
  };
  warn(build.binarfs_include, "build.binarfs");
  warn(build.dirs, "build.dirs");
  warn(build.fs_dirs, "build.fs_dirs");
  warn(build.fs_files, "build.fs_files");
  warn(build.host_paths, "build.host_paths");
  if (build.signature && runtime == Runtime::native)
    out.warning(build.signature->at,
                "'build.signature' has no effect with the runtime 'native': only enclaves are "
                "signed");
}

std::string signing_reference(const BuildPlan& plan) {
  return plan.reference + "-signing";
}

std::string protecting_reference(const BuildPlan& plan) {
  return plan.reference + "-protecting";
}

BuildPlan signing_plan(const BuildPlan& plan) {
  BuildPlan result;
  result.name = plan.name;
  result.reference = signing_reference(plan);
  result.context["sign.sh"] = {signing_script(), 0644};
  Dockerfile file;
  file.comment("Made by sconectl: what signs and measures the program of an image.");
  file.from(plan.scone->image, "scone");
  file.from(unsigned_reference(plan));
  file.root();
  file.copy_from("scone", {std::string(scone_signer)}, std::string(scone_signer));
  file.copy({"sign.sh"}, std::string(scone_signing_script));
  result.dockerfile = file.text();
  return result;
}

BuildPlan protecting_plan(const BuildPlan& plan) {
  BuildPlan result;
  result.name = plan.name;
  result.reference = protecting_reference(plan);
  result.context["fspf.sh"] = {fspf_script(), 0644};
  Dockerfile file;
  file.comment("Made by sconectl: what authenticates the files of an image.");
  file.from(unsigned_reference(plan), "application");
  file.from(plan.scone->image);
  file.copy_from("application", {"/"}, "/sconectl/root/");
  file.copy({"fspf.sh"}, std::string(scone_fspf_script));
  result.dockerfile = file.text();
  return result;
}

BuildPlan finished_plan(const BuildPlan& plan, const SconeResult& made) {
  BuildPlan result;
  result.name = plan.name;
  result.reference = plan.reference;
  result.runtime = plan.runtime;
  result.runtime_because = plan.runtime_because;
  result.recipe = plan.recipe;
  result.recipe.base = unsigned_reference(plan);
  result.facts = plan.facts;
  result.facts.enclave = made.enclave;
  if (made.fspf) result.facts.fspf = FileSystemProtection{std::string(fspf_path), made.fspf->tag};
  SconeFolder folder = scone_folder(result.facts);
  result.labels = enclave_labels(made.enclave);
  result.labels[std::string(description_label)] = describe(folder);
  Dockerfile file;
  file.comment("Made by sconectl: an image of SCONE that was measured, with its signed program.");
  file.from(result.recipe.base);
  file.labels(result.labels);
  result.context["program"] = {made.program, 0755};
  file.copy({"program"}, made.program_path);
  if (made.fspf) {
    result.context["fspf.pb"] = {made.fspf->bytes, 0644};
    file.copy({"fspf.pb"}, std::string(fspf_path));
  }
  for (auto& [path, text] : folder) result.context["scone/" + path] = {std::move(text), 0644};
  file.copy({"scone/"}, "/scone/");
  result.dockerfile = file.text();
  return result;
}

}  // namespace sconectl::image
