#include "sconectl/action/apply_service.hpp"

#include <fmt/core.h>

#include "action/build_files.hpp"
#include "action/manifests.hpp"
#include "action/readable_secrets.hpp"
#include "action/scone_image.hpp"
#include "action/service_runtime.hpp"
#include "action/signed_image.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files_beneath.hpp"
#include "sconectl/image/engine.hpp"
#include "sconectl/image/plan.hpp"
#include "sconectl/render/template_set.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::action {
namespace {

render::TemplateSet templates(System& system, const ServiceOptions& options) {
  if (!options.helm_template) return render::embedded("service");
  return {*options.helm_template, text_tree(system.files, *options.helm_template)};
}

/// What the image that a service is built on says about itself. A run pulls one that is not here;
/// a dry run asks only for what is.
std::optional<image::BaseImage> base_image(System& system, const std::string& reference,
                                           const ServiceOptions& options) {
  if (options.dry_run && options.offline) return std::nullopt;
  try {
    image::Engine engine(system.processes, system.files, engine_name(system, options.engine));
    engine.ask_daemon(system.environment, system.http);
    auto found = engine.base_image(reference);
    if (found || options.dry_run) return found;
    system.tell(fmt::format("pulling {} ...", reference));
    engine.pull(reference, [&](std::string_view line) { system.tell_more(line); });
    return engine.base_image(reference);
  } catch (const diag::Error& error) {
    if (!options.dry_run || error.kind() != diag::ErrorKind::unavailable) throw;
    return std::nullopt;
  }
}

image::BuildPlan plan(System& system, const manifest::Service& service,
                      const ServiceOptions& options, image::BuildConfiguration configuration) {
  image::PlanOptions plan_options;
  const image::RuntimeChoice runtime = service_runtime(system, service.build, options);
  plan_options.runtime = runtime.runtime;
  plan_options.runtime_because = runtime.because;
  plan_options.mode = options.mode.value_or(image::Mode::production);
  plan_options.launcher = system.environment.executable();
  plan_options.python_image =
      system.environment.get_or("SCONECTL_PYTHON_IMAGE", plan_options.python_image);
  plan_options.java_image = system.environment.get_or("SCONECTL_JAVA_IMAGE", "");
  plan_options.jdk_image = system.environment.get_or("SCONECTL_JDK_IMAGE", "");
  plan_options.node_image = system.environment.get_or("SCONECTL_NODE_IMAGE", "");
  plan_options.repository = system.environment.get_or("SCONECTL_REPO", plan_options.repository);
  plan_options.version = system.environment.get_or(
      "SCONECTL_VERSION", system.environment.get_or("VERSION", plan_options.version));
  if (options.version) plan_options.version = *options.version;
  plan_options.gramine_image = system.environment.get_or("SCONECTL_GRAMINE_IMAGE", "");
  if (options.gramine_image) plan_options.gramine_image = *options.gramine_image;
  if (const auto base = image::inherited_base(service.build, plan_options);
      base && runtime.runtime != image::Runtime::scone)
    plan_options.base = base_image(system, *base, options);
  plan_options.configuration = std::move(configuration);
  diag::Diagnostics out;
  auto result = image::plan(service, plan_options, templates(system, options),
                            image::survey(service, system.files), out);
  out.throw_if_errors();
  for (const diag::Diagnostic& warning : out.warnings()) system.warn(warning);
  return result;
}

/// The key that signs enclaves: made once, for every runtime, so that an image that is rebuilt with
/// hardware later keeps its signer. A key that the manifest names is the user's own.
void keep_signing_key(System& system, const std::filesystem::path& target,
                      const manifest::Service& service) {
  if (service.build.signature && service.build.signature->key) return;
  const auto path = target / "identity.pem";
  const auto files = host::files_beneath(system.files, target);
  if (files->exists(path)) return;
  files->write(path, crypto::PrivateKey::generate_for_enclaves().pkcs8_pem().view(), 0600);
}

/// Who signs an enclave: what the options name, the key of the manifest, or ours.
SignerOptions image_signer(const manifest::Service& service, const ServiceOptions& options) {
  SignerOptions signer;
  if (!options.signing_command.empty()) {
    signer.command = options.signing_command;
    if (options.signer_key) signer.public_key = *options.signer_key;
  } else if (service.build.signature && service.build.signature->key) {
    signer.key = service.build.signature->key->text;
  } else {
    signer.key = options.target / "identity.pem";
  }
  return signer;
}

/// What the plan alone tells about the result.
AppliedService described(const image::BuildPlan& build, const ServiceOptions& options) {
  AppliedService result;
  result.name = build.name;
  result.reference = build.reference;
  result.runtime = text::word(build.runtime);
  result.runtime_because = build.runtime_because;
  result.directory = options.target / "images" / build.name;
  result.listing = image::listing(build);
  result.dockerfile = build.dockerfile;
  return result;
}

/// What only the build has found out, for a dry run of a mesh, which asks no engine.
void keep_built_facts(System& system, image::Engine& engine, image::BuildPlan build,
                      const image::ImageIdentity& built, const std::filesystem::path& directory) {
  if (build.integrity == manifest::Integrity::off) return;
  const std::string path(image::service_json_path);
  build.context["scone/" + path] = {engine.scone_folder(build.reference, built).at(path), 0644};
  image::write(build, system.files, directory);
}

/// Writes the context, builds and pushes.
void execute(System& system, const manifest::Service& service, const image::BuildPlan& build,
             const ServiceOptions& options, AppliedService& result) {
  image::Engine engine(system.processes, system.files, engine_name(system, options.engine),
                       cache_directory(system));
  engine.ask_daemon(system.environment, system.http);
  (void)engine.find({build.reference});  // without a daemon nothing is written
  const auto lines = [&](std::string_view line) { system.tell_more(line); };
  if (build.scone) require_scone_images(system, engine, build, lines);
  const auto lock = lock_target(system, options.target);
  image::write(build, system.files, result.directory);
  if (options.signing_command.empty()) keep_signing_key(system, options.target, service);
  system.tell(fmt::format("building {} with {} ...", build.reference, engine.name()));
  if (build.runtime == image::Runtime::scone) {
    const Signer signer = read_signer(system, image_signer(service, options));
    const SconeImage made =
        build_scone_image(system, engine, build, result.directory, signer, lines);
    result.id = made.id;
    result.enclave = made.enclave;
  } else if (build.runtime == image::Runtime::gramine) {
    const Signer signer = read_signer(system, image_signer(service, options));
    const SignedImage made =
        build_signed_image(system, engine, build, result.directory, signer, lines);
    result.id = made.id;
    result.enclave = made.enclave;
  } else {
    const image::ImageIdentity built =
        engine.build(result.directory, build.reference, lines, build.configuration);
    result.id = built.id;
    keep_built_facts(system, engine, build, built, result.directory);
  }
  if (!options.push) return;
  system.tell(fmt::format("pushing {} ...", build.reference));
  result.digest = engine.push(build.reference, lines);
}

}  // namespace

AppliedService apply_service(System& system, const Document& document,
                             const ServiceOptions& options) {
  const auto service =
      std::get<manifest::Service>(parsed_manifest(system, document, options.substitutions));
  const BuildFiles files(system, options);
  const image::BuildPlan build = plan(system, service, options, files.configuration());
  diag::Diagnostics readable;
  warn_of_readable_secrets(service, readable);
  for (const diag::Diagnostic& warning : readable.all()) system.warn(warning);
  AppliedService result = described(build, options);
  if (options.dry_run) {
    const auto lock = lock_target(system, options.target);
    image::write(build, system.files, result.directory);
  } else {
    image::require_buildable(build);
    execute(system, service, build, options, result);
  }
  return result;
}

std::string service_defaults(System& system, const Document& document,
                             const ServiceOptions& options) {
  const auto service =
      std::get<manifest::Service>(parsed_manifest(system, document, options.substitutions));
  yaml::Node env = yaml::Node::sequence();
  for (const manifest::Variable& variable : service.global) {
    yaml::Node node;
    node.set("name", variable.name);
    node.set("value", variable.value ? yaml::Node(*variable.value) : yaml::Node());
    env.push(std::move(node));
  }
  return yaml::write(yaml::Node().set("env", std::move(env)));
}

std::optional<std::string> engine_name(const System& system,
                                       const std::optional<std::string>& option) {
  if (option) return option;
  const std::string name = system.environment.get_or("SCONECTL_ENGINE", "");
  return name.empty() ? std::nullopt : std::optional(name);
}

std::filesystem::path cache_directory(const System& system) {
  const std::string base = system.environment.get_or("XDG_CACHE_HOME", "");
  return (base.empty() ? system.environment.home_directory() / ".cache"
                       : std::filesystem::path(base)) /
         "sconectl" / "images";
}

}  // namespace sconectl::action
