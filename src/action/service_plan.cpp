#include "action/service_plan.hpp"

#include <fmt/core.h>

#include "action/launcher_file.hpp"
#include "action/manifests.hpp"
#include "action/service_runtime.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/image/engine.hpp"
#include "sconectl/render/template_set.hpp"

namespace sconectl::action {
namespace {

render::TemplateSet templates(System& system, const ServiceOptions& options) {
  if (!options.helm_template) return render::embedded("service");
  return {*options.helm_template, text_tree(system.files, *options.helm_template)};
}

/// What is built, or compared with what will be, has to be known with what its base says.
bool may_leave_base_out(const ServiceOptions& options) {
  return options.dry_run && !options.plan_out && !options.plan;
}

/// A run pulls an image that is not here; a dry run asks only for what is.
std::optional<image::BaseImage> base_from_engine(System& system, const std::string& reference,
                                                 const ServiceOptions& options) {
  image::Engine engine(system.processes, system.files, engine_name(system, options.engine));
  engine.ask_daemon(system.environment, system.http);
  auto found = engine.base_image(reference);
  if (found || may_leave_base_out(options)) return found;
  if (options.dry_run)
    throw diag::Error(diag::ErrorKind::unavailable,
                      fmt::format("image '{}' is not on this machine, and a plan has to know what "
                                  "it says; pull it, or plan with '--engine none'",
                                  reference));
  system.tell(fmt::format("pulling {} ...", reference));
  engine.pull(reference, [&](std::string_view line) { system.tell_more(line); });
  return engine.base_image(reference);
}

/// What the image that a service is built on says about itself.
std::optional<image::BaseImage> base_image(System& system, const std::string& reference,
                                           const ServiceOptions& options, ImageSources* sources) {
  if (reference == "scratch") return image::BaseImage{};  // of nothing nobody has to be asked
  if (options.dry_run && options.offline) return std::nullopt;
  // A dry run pulls nothing: without an engine only a layout is on this machine.
  if (may_leave_base_out(options) && sources != nullptr && !oci::parse_layout_reference(reference))
    return std::nullopt;
  try {
    return sources != nullptr ? sources->start_of(reference)
                              : base_from_engine(system, reference, options);
  } catch (const diag::Error& error) {
    if (!may_leave_base_out(options) || error.kind() != diag::ErrorKind::unavailable) throw;
    return std::nullopt;
  }
}

image::PlanOptions plan_options(System& system, const ServiceOptions& options) {
  const host::Environment& environment = system.environment;
  image::PlanOptions result;
  result.mode = options.mode.value_or(image::Mode::production);
  result.python_image = environment.get_or("SCONECTL_PYTHON_IMAGE", result.python_image);
  result.java_image = environment.get_or("SCONECTL_JAVA_IMAGE", "");
  result.jdk_image = environment.get_or("SCONECTL_JDK_IMAGE", "");
  result.maven_image = environment.get_or("SCONECTL_MAVEN_IMAGE", "");
  result.node_image = environment.get_or("SCONECTL_NODE_IMAGE", "");
  result.repository = environment.get_or("SCONECTL_REPO", result.repository);
  result.version =
      environment.get_or("SCONECTL_VERSION", environment.get_or("VERSION", result.version));
  if (options.version) result.version = *options.version;
  result.gramine_image = environment.get_or("SCONECTL_GRAMINE_IMAGE", "");
  if (options.gramine_image) result.gramine_image = *options.gramine_image;
  return result;
}

}  // namespace

image::BuildPlan plan_service(System& system, const manifest::Service& service,
                              const ServiceOptions& options, ImageSources* sources,
                              image::BuildConfiguration configuration) {
  image::PlanOptions planning = plan_options(system, options);
  const image::RuntimeChoice runtime = service_runtime(system, service.build, options);
  planning.runtime = runtime.runtime;
  planning.launcher = program_for_images(system, runtime.runtime);
  planning.runtime_because = runtime.because;
  if (const auto base = image::inherited_base(service.build, planning);
      base && runtime.runtime != image::Runtime::scone)
    planning.base = base_image(system, *base, options, sources);
  planning.configuration = std::move(configuration);
  diag::Diagnostics out;
  auto result = image::plan(service, planning, templates(system, options),
                            image::survey(service, system.files), out);
  out.throw_if_errors();
  for (const diag::Diagnostic& warning : out.warnings()) system.warn(warning);
  return result;
}

}  // namespace sconectl::action
