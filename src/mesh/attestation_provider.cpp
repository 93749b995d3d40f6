#include "mesh/attestation_provider.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/session/attestation_provider.hpp"

namespace sconectl::mesh {
namespace {

std::string_view source_of(const Options& options) {
  return options.attestation_provider.empty() ? "policy.maa" : "--maa";
}

}  // namespace

std::string attestation_provider(const manifest::Mesh& mesh, const Options& options,
                                 diag::Diagnostics& out) {
  const manifest::Policy& policy = mesh.policy;
  const bool is_option = !options.attestation_provider.empty();
  if (!is_option && !policy.maa) return "";
  std::string url = is_option ? options.attestation_provider : policy.maa->text;
  const diag::Location& at = is_option ? mesh.at : policy.maa->at;
  if (!session::is_attestation_provider(url))
    out.error(at, fmt::format("{}: '{}' is no provider of Azure Attestation: write {}",
                              source_of(options), url, session::attestation_provider_form));
  if (policy.security_policy_name)
    out.error(policy.security_policy_name->at,
              fmt::format("'security_policy_name' and {} exclude each other: the imported security "
                          "section says who judges evidence; write 'mode: maa' and the URL there",
                          source_of(options)));
  return url;
}

void warn_of_unjudged(const Application& application, const Options& options,
                      diag::Diagnostics& out) {
  if (application.attestation_provider.empty()) return;
  for (const ServiceInstance& service : application.services)
    if (!service.facts.own)
      out.warning(
          service.at(),
          fmt::format("{} has no effect on service '{}': its image brings its own sessions, "
                      "which say who judges its evidence",
                      source_of(options), service.name));
  const auto is_native = [](const ServiceInstance& service) { return service.native(); };
  if (std::all_of(application.services.begin(), application.services.end(), is_native))
    out.warning(application.mesh->at,
                fmt::format("{} has no effect: no service of the mesh runs in an enclave",
                            source_of(options)));
}

}  // namespace sconectl::mesh
