#include "action/service_runtime.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "action/attestation.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/diag/suggest.hpp"
#include "sconectl/image/engine.hpp"
#include "sconectl/image/registry_credentials.hpp"

namespace sconectl::action {
namespace {

std::optional<std::string> variable(const System& system, const char* name) {
  std::string value = system.environment.get_or(name, "");
  return value.empty() ? std::nullopt : std::optional(std::move(value));
}

std::optional<image::RuntimeSetting> environment_setting(const System& system) {
  const auto word = variable(system, "SCONECTL_RUNTIME");
  if (!word) return std::nullopt;
  if (const auto setting = text::from_word<image::RuntimeSetting>(*word)) return setting;
  const auto words = text::all_words<image::RuntimeSetting>();
  throw diag::Error(diag::ErrorKind::usage,
                    fmt::format("SCONECTL_RUNTIME can not be '{}', only {}{}", *word,
                                text::quoted_list(words), diag::did_you_mean(*word, words)));
}

/// Names every place: who demands attestation, and who chose a runtime that has none.
void refuse(const manifest::Build& build, const image::RuntimeChoice& choice,
            std::vector<std::string> demands) {
  if (const auto& at = build.requires_attestation)
    demands.push_back(fmt::format("'require_attestation' ({})", at->text()));
  const std::string text = fmt::format(
      "attestation is demanded by {}, and image '{}' would be built for the runtime '{}', which "
      "has "
      "none, because {}; choose '--runtime gramine', or '--runtime scone', or "
      "drop the demand",
      fmt::join(demands, " and "), build.to.text, text::word(choice.runtime), choice.because);
  diag::Diagnostics out;
  if (build.requires_attestation) out.error(*build.requires_attestation, text);
  if (choice.at.source) out.error(choice.at, text);
  out.throw_if_errors();
  throw diag::Error(diag::ErrorKind::usage, text);
}

void warn_of_native(const System& system, const image::RuntimeChoice& choice) {
  system.warn(
      {diag::Severity::warning,
       {},
       fmt::format(
           "NOT ATTESTED: services are built for the runtime 'native', because none was chosen and "
           "{}.\n"
           "  Weaker: nothing proves to the CAS which program asks it for secrets; an access token "
           "is all.\n"
           "  Root on the machine, its container engine, and whoever reads the token get the "
           "secrets.\n"
           "  Choose: '--runtime native' (build.runtime, SCONECTL_RUNTIME) accepts this;\n"
           "  '--runtime gramine' and '--runtime scone' have attestation;\n"
           "  '--require-attestation' (build.require_attestation, SCONECTL_REQUIRE_ATTESTATION=1) "
           "refuses instead.",
           choice.because)});
}

}  // namespace

image::SconeImages scone_images(const System& system, const std::optional<std::string>& option) {
  if (variable(system, "SCONECTL_REPO")) return {true, "SCONECTL_REPO is set"};
  auto engine = engine_name(system, option);
  if (!engine) engine = image::installed_engine(system.processes);
  if (!engine) return {false, "SCONECTL_REPO is not set and no container engine is installed"};
  const std::string repository(image::scone_repository);
  const std::string registry = repository.substr(0, repository.find('/'));
  if (const auto file =
          image::credentials_file(*engine, repository, system.environment, system.files))
    return {true,
            fmt::format("{} has credentials for {} in '{}'", *engine, registry, file->string())};
  return {false, fmt::format("SCONECTL_REPO is not set and {} no credentials for {}",
                             *engine == "none" ? "there are" : *engine + " has", registry)};
}

image::RuntimeChoice service_runtime(System& system, const manifest::Build& build,
                                     const ServiceOptions& options) {
  const auto chosen = image::chosen_runtime(
      {options.runtime, build.runtime, build.runtime_at, environment_setting(system)});
  image::RuntimeChoice choice =
      chosen ? *chosen : image::automatic_runtime(scone_images(system, options.engine));
  system.tell_more(fmt::format("image {}: runtime {}, because {}", build.to.text,
                               text::word(choice.runtime), choice.because));
  auto demands = attestation_demands(system, options.require_attestation);
  if (is_attested(choice.runtime)) return choice;
  if (build.requires_attestation || !demands.empty()) refuse(build, choice, std::move(demands));
  if (choice.automatic) warn_of_native(system, choice);
  return choice;
}

}  // namespace sconectl::action
