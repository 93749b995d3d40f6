#include "image/dockerfile.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "image/dockerfile_text.hpp"
#include "image/java.hpp"
#include "image/maven.hpp"
#include "image/scone_dockerfile.hpp"
#include "sconectl/crypto/file_list.hpp"
#include "sconectl/enclave/gramine_manifest.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::image {
namespace {

constexpr std::string_view native_launcher = "/opt/sconectl/sconectl";
constexpr const char* snapshot_file = "/opt/sconectl/before";

/// Gramine's own files at the places that its scripts know; then a stage that measures, of which
/// only the results stay. The signature comes later, from outside: no key enters a build.
void add_gramine(Dockerfile& file, const Recipe& recipe) {
  const std::string bin = recipe.gramine_prefix + "/bin/";
  const std::string lib = recipe.gramine_prefix + "/lib/x86_64-linux-gnu/";
  file.copy_from("gramine", {bin + "gramine-sgx", bin + "gramine-direct"}, bin);
  file.copy_from("gramine", {lib + "gramine/"}, lib + "gramine/");
  file.copy_from("gramine", {lib + "libprotobuf-c.so.1"}, "/gramine/lib/");
  const std::string application = as_folder(std::string(enclave::application_directory));
  file.copy({"gramine/"}, application);
  file.from("application", "measuring");
  const std::string program = fmt::format("{}/sconectl", enclave::measuring_directory);
  file.copy({"sconectl"}, program);
  file.run_words({program, "signer", "measure", application + "entrypoint.manifest",
                  "--whole-image", "--program", recipe.program, "--gramine",
                  recipe.gramine_prefix});
  file.from("application");
  file.copy_from("measuring", {application}, application);
  file.copy_from("measuring", {application + "entrypoint.sig"},
                 fmt::format("/scone/{}", unsigned_sigstruct_path));
  if (!recipe.user.empty()) file.user(recipe.user);
  file.entrypoint(gramine_entrypoint());
  file.command(recipe.command);
}

/// What lies there before anything is added: a stage of its own, so that nothing of it stays.
void add_snapshot(Dockerfile& file, const Recipe& recipe) {
  file.from(recipe.base, "before");
  file.copy({"sconectl"}, std::string(native_launcher));
  file.root();
  file.run_words({std::string(native_launcher), "files", "snapshot", snapshot_file});
}

/// What the launcher compares with, what the image says about itself, and how it is started. The
/// list's digest goes into that: both come out of the stage that makes it, in a layer each.
void add_native(Dockerfile& file, const Recipe& recipe) {
  const std::string launcher(native_launcher);
  const std::string scone = "/scone/";
  if (recipe.listed_files) {
    file.from("application", "listing");
    file.root();
    file.copy({"scone/"}, scone);
    file.copy_from("before", {snapshot_file}, snapshot_file);
    std::vector<std::string> record = {launcher, "files", "record", snapshot_file};
    if (recipe.listed_files->allow_more) record.emplace_back("--allow-more");
    file.run_words(record);
    file.from("application");
    const std::string list(crypto::file_list_path);
    file.copy_from("listing", {list}, list);
    file.copy_from("listing", {scone}, scone);
  } else {
    file.copy({"scone/"}, scone);
  }
  file.entrypoint(native_entrypoint(recipe.program));
  file.command({});
}

/// A stage of its own: neither compiler nor sources are in the image.
void add_compiling(Dockerfile& file, const Recipe& recipe) {
  file.from(recipe.java_compiler, "compiling");
  if (recipe.maven) {
    file.root();
    file.copy({"java/"}, as_folder(std::string(java_sources)));
    file.working_directory(java_sources);
    file.run(maven_command(java_classes));
    return;
  }
  if (recipe.application) file.copy({"app/"}, as_folder(std::string(java_libraries)));
  file.copy({"java/"}, as_folder(std::string(java_sources)));
  file.run_words({"javac", fmt::format("@{}/.sconectl-arguments", java_sources)});
}

/// Before the application: they change less often.
void add_node_packages(Dockerfile& file, const Recipe& recipe) {
  file.copy({"node/"}, as_folder(recipe.pwd));
  file.run(fmt::format("npm {} --omit=dev --no-audit --no-fund --cache /tmp/npm && rm -rf /tmp/npm",
                       recipe.node_lock ? "ci" : "install"));
}

}  // namespace

std::vector<std::string> native_entrypoint(const std::string& program) {
  // Behind `--` stands what the container was started with: `docker run IMAGE a b` adds to it.
  return {std::string(native_launcher), "run", "--", program};
}

std::vector<std::string> gramine_entrypoint() {
  return {"/bin/sh", as_folder(std::string(enclave::application_directory)) + "apploader.sh"};
}

std::string signing_dockerfile(const std::string& base,
                               const std::map<std::string, std::string>& labels) {
  Dockerfile file;
  file.comment("Made by sconectl: an image that was measured gets its signature.");
  file.from(base);
  file.labels(labels);
  file.copy({"entrypoint.sig"}, as_folder(std::string(enclave::application_directory)));
  file.copy({"scone/"}, "/scone/");
  return file.text();
}

std::string one_line(std::string_view text) {
  std::string result;
  for (std::string_view line : text::lines(text)) {
    line = text::trimmed(line);
    if (line.ends_with('\\')) line = text::trimmed(line.substr(0, line.size() - 1));
    if (line.empty()) continue;
    if (!result.empty()) result += ' ';
    result += line;
  }
  return result;
}

std::string dockerfile(const Recipe& recipe) {
  Dockerfile file(run_prefix(recipe.configuration));
  const bool gramine = recipe.runtime == Runtime::gramine;
  const bool native = recipe.runtime == Runtime::native;
  const bool staged = gramine || recipe.runtime == Runtime::scone || recipe.listed_files;
  file.comment(
      "Made by sconectl from a service manifest. Do not edit: the next run writes it again.");
  if (gramine) file.from(recipe.gramine_image, "gramine");
  if (recipe.runtime == Runtime::scone) file.from(recipe.scone.image, "scone");
  if (recipe.listed_files) add_snapshot(file, recipe);
  if (!recipe.java_compiler.empty()) add_compiling(file, recipe);
  file.from(recipe.base, staged ? "application" : "");
  // First, so that all services on one base share a layer: it is built, compressed and sent once.
  if (native) file.copy({"sconectl"}, std::string(native_launcher));
  if (gramine && !recipe.user.empty()) file.root();
  file.working_directory(recipe.pwd);
  if (recipe.requirements.size() == 1) {
    file.copy({"requirements.txt"}, "/opt/sconectl/requirements.txt");
  } else if (!recipe.requirements.empty()) {
    file.copy(recipe.requirements, "/opt/sconectl/");
  }
  // Debian's Python refuses to install beside its own packages unless told that it may.
  if (!recipe.requirements.empty())
    file.run(fmt::format(
        "{}PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore python3 -m pip install "
        "--no-cache-dir --disable-pip-version-check {}-r /opt/sconectl/requirements.txt",
        // Bytecode would hold the time of the build.
        native ? "PYTHONDONTWRITEBYTECODE=1 SOURCE_DATE_EPOCH=315532800 " : "",
        native ? "" : "--no-compile "));
  if (recipe.node_packages) add_node_packages(file, recipe);
  if (recipe.application) file.copy({"app/"}, as_folder(recipe.pwd));
  if (!recipe.java_compiler.empty())
    file.copy_from("compiling", {as_folder(std::string(java_classes))}, as_folder(recipe.pwd));
  for (const std::string& line : recipe.run) file.run(line);
  // After what the manifest runs, which may need files of these names.
  for (const auto& [folder, number] : recipe.links)
    file.copy({fmt::format("links/{}/", number)}, as_folder(folder));
  switch (recipe.runtime) {
    case Runtime::native:
      add_native(file, recipe);
      break;
    case Runtime::gramine:
      add_gramine(file, recipe);
      break;
    case Runtime::scone:
      add_scone(file, recipe.scone);
      file.entrypoint({});
      file.command({recipe.program});
      break;
  }
  // Last: for an engine without BuildKit, what follows a label that has changed is not in its
  // cache.
  file.labels(recipe.labels);
  return file.text();
}

}  // namespace sconectl::image
