#include "image/gramine_plan.hpp"

#include <fmt/core.h>

#include "image/dockerfile.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/enclave/gramine_manifest.hpp"
#include "sconectl/image/description.hpp"
#include "sconectl/session/command.hpp"
#include "sconectl/text/shell.hpp"

namespace sconectl::image {
namespace {

/// In a shell of any kind; the mode is GSC's word. Arguments of the container are the program's
/// only where the manifest's owner wants it so; the entry point's own stand before them.
std::string apploader(const std::string& prefix, const enclave::ImageStart& start, bool insecure) {
  std::string arguments;
  for (std::size_t i = 1; insecure && i < start.entrypoint.size(); ++i)
    arguments += " " + text::shell_word(start.entrypoint[i]);
  if (insecure) arguments += " \"$@\"";
  return fmt::format(
      "#!/bin/sh\n"
      "# Starts the program under Gramine: GRAMINE_MODE is sgx (the default) or direct.\n"
      "export PATH={0}:\"${{PATH:-/usr/bin:/bin}}\"\n"
      "export LD_LIBRARY_PATH=/gramine/lib\n"
      "case ${{GRAMINE_MODE:-sgx}} in\n"
      "  sgx) exec {0}/gramine-sgx {1}/entrypoint{2} ;;\n"
      "  direct) exec {0}/gramine-direct {1}/entrypoint{2} ;;\n"
      "  *) echo \"GRAMINE_MODE is '$GRAMINE_MODE', and has to be sgx or direct\" >&2; exit 2 ;;\n"
      "esac\n",
      text::shell_word(prefix + "/bin"), enclave::application_directory, arguments);
}

/// What is measured has to be known when the image is built.
void require_known(const manifest::Text& text, std::string_view what, diag::Diagnostics& out) {
  for (const std::string_view mark : {"$$SCONE::", "{{"})
    if (text.text.find(mark) != std::string::npos)
      out.error(text.at,
                fmt::format("{} holds '{}…', which only the CAS or a mesh could fill in; what a "
                            "program of Gramine starts with is measured when its image is built. "
                            "Name variables of the mesh under 'environment.global'; secrets come "
                            "over RA-TLS (docs/gramine.md)",
                            what, mark));
}

enclave::ImageStart start_of(const manifest::Service& service, const PlanOptions& options,
                             const Facts& facts, diag::Diagnostics& out) {
  enclave::ImageStart start;
  start.directory = facts.pwd;
  const std::string command = one_line(service.build.command.text);
  require_known(service.build.command, "'build.command'", out);
  if (!command.empty()) {
    start.entrypoint = session::split_command(command);
  } else if (options.base) {
    start.entrypoint = options.base->entrypoint;
    start.command = options.base->command;
  }
  if (options.base) start.environment = options.base->environment;
  for (const manifest::Variable& variable : service.local) {
    if (!variable.value) continue;
    require_known({*variable.value, variable.at}, fmt::format("variable '{}'", variable.name), out);
    text::set(start.environment, variable.name, *variable.value);
  }
  for (const manifest::Variable& variable : service.global)
    start.passed_through.push_back(variable.name);
  return start;
}

/// What CMD has after the program.
std::vector<std::string> arguments_of_container(const enclave::ImageStart& start) {
  std::vector<std::string> words = start.command;
  if (start.entrypoint.empty() && !words.empty()) words.erase(words.begin());
  return words;
}

}  // namespace

GramineParts gramine_parts(const manifest::Service& service, const PlanOptions& options,
                           const Facts& facts, const Source& user_manifest,
                           diag::Diagnostics& out) {
  const manifest::GramineBuild& wishes = service.build.gramine;
  for (const manifest::InjectionFile& file : service.injection_files)
    out.error(file.path.at,
              fmt::format("file '{}' would have to be placed by the CAS, which can not reach into "
                          "an enclave of Gramine; secrets come over RA-TLS (docs/gramine.md)",
                          file.path.text));
  const std::string prefix = gramine_prefix(service.build);
  enclave::ManifestRequest request;
  GramineParts parts;
  try {
    request.start = start_of(service, options, facts, out);
    parts.loader = apploader(prefix, request.start, wishes.insecure_arguments);
    if (wishes.insecure_arguments) parts.command = arguments_of_container(request.start);
    request.user_manifest_name = wishes.manifest ? wishes.manifest->text : "";
    request.user_manifest = user_manifest.text;
    request.debug = options.mode == Mode::debug;
    request.insecure_arguments = wishes.insecure_arguments;
    request.library_directory = prefix + "/lib/x86_64-linux-gnu/gramine";
    enclave::RenderedManifest rendered = enclave::render_manifest(request, out);
    parts.manifest = std::move(rendered.manifest);
    parts.arguments = std::move(rendered.arguments);
    parts.program = std::move(rendered.program);
  } catch (const diag::Error& error) {
    for (const diag::Diagnostic& each : error.diagnostics()) out.error(each.location, each.text);
    if (error.diagnostics().empty()) out.error(service.build.command.at, error.text());
  }
  return parts;
}

std::string gramine_image(const manifest::Build& build, const PlanOptions& options) {
  if (!options.gramine_image.empty()) return options.gramine_image;
  return build.gramine.image ? build.gramine.image->text : std::string(default_gramine_image);
}

std::string gramine_prefix(const manifest::Build& build) {
  if (!build.gramine.prefix) return "/usr";
  std::string prefix = build.gramine.prefix->text;
  while (prefix.size() > 1 && prefix.ends_with('/')) prefix.pop_back();
  return prefix;
}

std::string with_name_prefix(const std::string& reference, const std::string& prefix) {
  const auto slash = reference.rfind('/');
  const std::size_t at = slash == std::string::npos ? 0 : slash + 1;
  return reference.substr(0, at) + prefix + reference.substr(at);
}

std::string unsigned_reference(const BuildPlan& plan) {
  return plan.reference + "-unsigned";
}

std::map<std::string, std::string> enclave_labels(const EnclaveIdentity& enclave) {
  return {{"io.sconectl.mrenclave", enclave.mr_enclave},
          {"io.sconectl.mrsigner", enclave.mr_signer},
          {"io.sconectl.isvprodid", fmt::format("{}", enclave.product_id)},
          {"io.sconectl.isvsvn", fmt::format("{}", enclave.svn)}};
}

BuildPlan signed_plan(const BuildPlan& plan, const EnclaveIdentity& enclave,
                      const std::string& sigstruct) {
  BuildPlan result;
  result.name = plan.name;
  result.reference = plan.reference;
  result.runtime = plan.runtime;
  result.runtime_because = plan.runtime_because;
  result.facts = plan.facts;
  result.facts.enclave = enclave;
  result.labels = enclave_labels(enclave);
  result.context["entrypoint.sig"] = {sigstruct, 0644};
  SconeFolder folder = scone_folder(result.facts);
  folder[std::string(sigstruct_path)] = sigstruct;
  result.labels[std::string(description_label)] = describe(folder);
  for (auto& [path, text] : folder) result.context["scone/" + path] = {std::move(text), 0644};
  result.dockerfile = signing_dockerfile(unsigned_reference(plan), result.labels);
  return result;
}

}  // namespace sconectl::image
