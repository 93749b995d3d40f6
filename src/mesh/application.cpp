#include "sconectl/mesh/application.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <unordered_map>

#include "mesh/attestation_provider.hpp"
#include "mesh/port.hpp"
#include "mesh/secrets.hpp"
#include "mesh/unread_values.hpp"
#include "mesh/variables.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/mesh/names.hpp"
#include "sconectl/session/command.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::mesh {
namespace {

std::string release_of(const manifest::Mesh& mesh, const Options& options) {
  if (!options.release.empty()) return options.release;
  std::string result;
  for (const manifest::EnvSection& section : mesh.env) {
    if (section.service.text != "global" && section.service.text != "helm") continue;
    for (const manifest::Variable& variable : section.variables)
      if (variable.name == "RELEASE") result = variable.value.value_or("");
  }
  return result;
}

/// The release as helm takes it; a change is said.
std::string valid_release(const manifest::Mesh& mesh, const Options& options,
                          diag::Diagnostics& out) {
  const std::string given = release_of(mesh, options);
  std::string name = release_name(given);
  if (!given.empty() && name.empty()) {
    out.error(mesh.at, fmt::format("release '{}' has no letter for a name that helm takes: write "
                                   "lower case letters, digits and '-', like 'my-app'",
                                   given));
  } else if (name != given) {
    out.warning(mesh.at, fmt::format("release '{}' is not a name that helm takes (at most 53 lower "
                                     "case letters, digits and '-', a letter first): '{}' is used",
                                     given, name));
  }
  return name;
}

std::string session_service(const image::Facts& facts) {
  if (!facts.own) return facts.binaries.empty() ? facts.name : base_name(facts.binaries.front());
  try {
    const auto words = session::split_command(facts.command);
    return words.empty() ? facts.name : base_name(words.front());
  } catch (const diag::Error&) {
    return facts.name;  // the session's own check reports the command
  }
}

ServiceInstance instance(const manifest::MeshService& given, const image::Facts& facts,
                         const Application& application, diag::Diagnostics& out) {
  ServiceInstance service;
  service.name = service_name(given, facts);
  service.given = &given;
  service.image = given.image.text;
  service.facts = facts;
  service.session = application.name_space + "/" + service.name;
  service.session_service = session_service(facts);
  service.kubernetes_name = kubernetes_name(service.name);
  if (const std::string fault = session::component_fault(service.name); !fault.empty())
    out.error(given.at, fmt::format("service name '{}' {}", service.name, fault));
  if (service.kubernetes_name != service.name) {
    out.warning(given.at,
                fmt::format("service name '{}' is not a valid Kubernetes name: '{}' is used "
                            "in the chart",
                            service.name, service.kubernetes_name));
  }
  return service;
}

/// Two services with one name in sessions, or in Kubernetes, would overwrite each other.
void check_names(const Application& application, diag::Diagnostics& out) {
  std::unordered_map<std::string, std::string> names;
  for (const ServiceInstance& service : application.services) {
    if (service.kubernetes_name.empty()) {
      out.error(service.at(),
                fmt::format("service name '{}' has no letter for a Kubernetes name", service.name));
    }
    if (service.name == "secrets")
      out.error(service.at(),
                "a service can not be called 'secrets': its session would be the one that "
                "keeps the application's secrets");
    const auto [first, is_new] = names.emplace(service.kubernetes_name, service.name);
    if (!is_new) {
      out.error(service.at(), fmt::format("services '{}' and '{}' have the same name",
                                          first->second, service.name));
    }
  }
}

void set_fspf_key(ServiceInstance& service, const Options& options, diag::Diagnostics& out) {
  if (!service.facts.fspf) return;
  const auto found = options.fspf_keys.find(service.facts.fspf->tag);
  if (found != options.fspf_keys.end())
    service.fspf_key = found->second;
  else
    out.error(service.at(),
              fmt::format("service '{}': the key of the protected files of image '{}' is not here; "
                          "it was made with the image and stands in 'images/{}/fspf_key' of the "
                          "target directory there",
                          service.name, service.image, service.facts.name));
}

std::string attestation_demanded_by(const manifest::Policy& policy, const Options& options) {
  std::vector<std::string> demands = options.attestation_demands;
  if (const auto& at = policy.requires_attestation)
    demands.push_back(fmt::format("'policy.require_attestation' ({})", at->text()));
  return fmt::format("{}", fmt::join(demands, " and "));
}

void set_token(ServiceInstance& service, const Application& application, const Options& options,
               diag::Diagnostics& out) {
  if (!service.native()) return;
  if (!application.attestation_demanded_by.empty()) {
    out.error(service.at(),
              fmt::format("attestation is demanded by {}, and service '{}' would have none: its "
                          "image '{}' is native; build it for 'scone' or 'gramine', or drop the "
                          "demand",
                          application.attestation_demanded_by, service.name, service.image));
    return;
  }
  out.warning(
      service.at(),
      fmt::format("service '{}' runs natively, without attestation: its session says "
                  "'mode: none' and relies on {}",
                  service.name,
                  options.access_tokens ? "its service access token"
                                        : "nothing, as --no-access-token was given: whoever "
                                          "reaches the CAS gets its secrets"));
  const auto token = options.tokens.find(service.session);
  if (options.access_tokens && token != options.tokens.end()) service.access_token = token->second;
}

}  // namespace

std::string name_space_of(const manifest::Mesh& mesh, const std::string& policy_namespace) {
  return policy_namespace.empty() ? mesh.policy.name_space.text : policy_namespace;
}

std::string service_name(const manifest::MeshService& service, const image::Facts& facts) {
  return service.name ? service.name->text : facts.name;
}

Application resolve(const manifest::Mesh& mesh,
                    const std::vector<std::optional<image::Facts>>& facts, const Options& options,
                    diag::Diagnostics& out) {
  Application application;
  application.mesh = &mesh;
  application.name_space = name_space_of(mesh, options.policy_namespace);
  if (const std::string fault = session::path_fault(application.name_space); !fault.empty()) {
    out.error(mesh.policy.name_space.at,
              fmt::format("namespace '{}' {}", application.name_space, fault));
  }
  application.cas_address = options.cas_address;
  application.cas_key = options.cas_key;
  application.release = valid_release(mesh, options, out);
  application.attestation_demanded_by = attestation_demanded_by(mesh.policy, options);
  application.attestation_provider = attestation_provider(mesh, options, out);
  const Sections env = sections(mesh);
  for (std::size_t i = 0; i < mesh.services.size(); ++i) {
    if (!facts[i]) continue;
    ServiceInstance service = instance(mesh.services[i], *facts[i], application, out);
    set_variables(service, env, application, options, out);
    set_port(service, env, out);
    if (service.facts.own) set_configuration(service, mesh, out);
    set_fspf_key(service, options, out);
    set_token(service, application, options, out);
    application.services.push_back(std::move(service));
  }
  check_names(application, out);
  warn_of_unjudged(application, options, out);
  application.secrets = shared_secrets(application, options, out);
  warn_of_unread_values(application, options, application.services.size() == mesh.services.size(),
                        out);
  return application;
}

}  // namespace sconectl::mesh
