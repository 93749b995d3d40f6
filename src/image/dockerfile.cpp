#include "image/dockerfile.hpp"

#include "image/java.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sconectl/diag/error.hpp"
#include "sconectl/enclave/gramine_manifest.hpp"
#include "sconectl/image/plan.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::image {
namespace {

/// One instruction a line: nothing that is put in begins another.
class Dockerfile {
 public:
  /// `run_prefix` stands before every command that is run.
  explicit Dockerfile(std::string run_prefix = {}) : run_prefix_(std::move(run_prefix)) {}

  void comment(std::string_view text) { line("#", text); }
  void from(std::string_view reference, std::string_view stage = {}) {
    line("FROM",
         stage.empty() ? std::string(reference) : fmt::format("{} AS {}", reference, stage));
  }
  void user(std::string_view name) { line("USER", name); }
  void copy_from(std::string_view stage, std::vector<std::string> from, const std::string& to) {
    from.push_back(to);
    line("COPY", fmt::format("--from={} {}", stage, json(from)));
  }
  void run_words(const std::vector<std::string>& argv) { words("RUN", argv); }
  void label(std::string_view name, std::string_view value) {
    std::string quoted;
    for (const char c : value) {
      if (std::string_view("\"\\$").find(c) != std::string_view::npos) quoted += '\\';
      quoted += c;
    }
    line("LABEL", fmt::format("{}=\"{}\"", name, quoted));
  }
  void working_directory(std::string_view path) { line("WORKDIR", path); }
  void copy(std::vector<std::string> from, const std::string& to) {
    from.push_back(to);
    words("COPY", from);
  }
  void run(std::string_view command) { line("RUN", run_prefix_ + std::string(command)); }
  void entrypoint(const std::vector<std::string>& argv) { words("ENTRYPOINT", argv); }
  void command(const std::vector<std::string>& argv) { words("CMD", argv); }

  [[nodiscard]] std::string text() const { return text_; }

 private:
  static std::string json(const std::vector<std::string>& list) {
    std::string text;
    for (const std::string& word : list) {
      text += text.empty() ? "[" : ", ";
      text += nlohmann::json(word).dump();
    }
    return text.empty() ? "[]" : text + "]";
  }
  void words(std::string_view instruction, const std::vector<std::string>& list) {
    line(instruction, json(list));
  }
  void line(std::string_view instruction, std::string_view argument) {
    const auto odd = std::find_if(argument.begin(), argument.end(),
                                  [](char c) { return text::is_control(c) && c != '\t'; });
    if (odd != argument.end())
      throw diag::Error(
          diag::ErrorKind::invalid,
          fmt::format("a control character can not stand in {} of a Dockerfile", instruction));
    text_ += fmt::format("{} {}\n", instruction, argument);
  }

  std::string run_prefix_;
  std::string text_;
};

std::string as_folder(const std::string& path) {
  return path.ends_with('/') ? path : path + "/";
}

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
  file.entrypoint({"/bin/sh", application + "apploader.sh"});
  file.command(recipe.command);
}

/// A stage of its own: neither compiler nor sources are in the image.
void add_compiling(Dockerfile& file, const Recipe& recipe) {
  file.from(recipe.java_compiler, "compiling");
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

std::string signing_dockerfile(const std::string& base,
                               const std::map<std::string, std::string>& labels) {
  Dockerfile file;
  file.comment("Made by sconectl: an image that was measured gets its signature.");
  file.from(base);
  for (const auto& [name, value] : labels) file.label(name, value);
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
  file.comment(
      "Made by sconectl from a service manifest. Do not edit: the next run writes it again.");
  if (gramine) file.from(recipe.gramine_image, "gramine");
  if (!recipe.java_compiler.empty()) add_compiling(file, recipe);
  file.from(recipe.base, gramine ? "application" : "");
  for (const auto& [name, value] : recipe.labels) file.label(name, value);
  if (gramine && !recipe.user.empty()) file.user("root");
  file.working_directory(recipe.pwd);
  if (recipe.requirements.size() == 1) {
    file.copy({"requirements.txt"}, "/opt/sconectl/requirements.txt");
  } else if (!recipe.requirements.empty()) {
    file.copy(recipe.requirements, "/opt/sconectl/");
  }
  // Debian's Python refuses to install beside its own packages unless told that it may.
  if (!recipe.requirements.empty())
    file.run(fmt::format(
        "PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore python3 -m pip install "
        // Bytecode holds the time of the build, which would be measured.
        "--no-cache-dir --disable-pip-version-check {}-r /opt/sconectl/requirements.txt",
        gramine ? "--no-compile " : ""));
  if (recipe.node_packages) add_node_packages(file, recipe);
  if (recipe.application) file.copy({"app/"}, as_folder(recipe.pwd));
  if (!recipe.java_compiler.empty())
    file.copy_from("compiling", {as_folder(std::string(java_classes))}, as_folder(recipe.pwd));
  for (const std::string& line : recipe.run) file.run(line);
  // After what the manifest runs, which may need files of these names.
  for (const auto& [folder, number] : recipe.links)
    file.copy({fmt::format("links/{}/", number)}, as_folder(folder));
  if (!gramine) file.copy({"scone/"}, "/scone/");
  switch (recipe.runtime) {
    case Runtime::native:
      file.copy({"sconectl"}, "/opt/sconectl/sconectl");
      // Behind `--` stands what the container was started with: `docker run IMAGE a b` adds to it.
      file.entrypoint({"/opt/sconectl/sconectl", "run", "--", recipe.program});
      file.command({});
      break;
    case Runtime::gramine:
      add_gramine(file, recipe);
      break;
    case Runtime::scone:
      file.entrypoint({});
      file.command({recipe.program});
      break;
  }
  return file.text();
}

}  // namespace sconectl::image
