#include "sconectl/mesh/chart.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "mesh/chart_files.hpp"
#include "mesh/peers.hpp"
#include "mesh/revisions.hpp"
#include "mesh/umbrella.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::mesh {
namespace {

/// What the registry has under the image's name now, whatever it gets later.
std::string pinned_image(const ServiceInstance& service) {
  const auto at = service.facts.digest.find('@');
  if (at == std::string::npos || service.image.find('@') != std::string::npos) return service.image;
  return service.image + service.facts.digest.substr(at);
}

std::string on_one_line(yaml::Node node) {
  std::string text = yaml::write(node.on_one_line());
  text.pop_back();  // the end of the line
  return text;
}

/// What is worked out once for all services.
struct Derived {
  const Application& application;
  const Options& options;
  std::vector<Peers> peers;
  Revisions revisions;
};

yaml::Node names_of(const std::vector<std::size_t>& services, const Application& application) {
  yaml::Node result = yaml::Node::sequence();
  for (const std::size_t i : services) result.push(application.services[i].kubernetes_name);
  return result;
}

/// The rules of a network policy: services with their ports; "*" for any service.
yaml::Node targets_of(const Peers& peers, const Application& application) {
  yaml::Node result = yaml::Node::sequence();
  if (peers.to_any) return result.push(yaml::Node().set("service", "*"));
  for (const std::size_t i : peers.to) {
    yaml::Node target;
    target.set("service", application.services[i].kubernetes_name);
    if (const std::string* port = application.services[i].variables.find("APP_SERVICE_PORT"))
      target.set("port", *port);
    result.push(std::move(target));
  }
  return result;
}

/// What only the chart asks for: how pods are found and replaced.
render::Variables chart_variables(std::size_t index, const Derived& derived) {
  const Application& application = derived.application;
  const ServiceInstance& service = application.services[index];
  render::Variables result = service.variables;
  const Peers& peers = derived.peers[index];
  result.set_yaml("ingress_services", on_one_line(names_of(peers.from, application)));
  result.set_yaml("egress_services", on_one_line(targets_of(peers, application)));
  result.set("session_revision", derived.revisions.of(service));
  result.set("image_reference", pinned_image(service));
  return result;
}

/// The values of a sub-chart: stage 2 of the chart's template, read again before it is used.
std::string sub_chart_values(const ServiceInstance& service, const render::Variables& variables,
                             const std::string& name, const std::string& text,
                             diag::Diagnostics& out) {
  diag::Diagnostics faults;
  const auto source = std::make_shared<const diag::Source>(name, text);
  std::string result = render::render_yaml(source, variables, render::Dialect::helm_values, faults);
  if (!faults.has_errors()) (void)yaml::parse_documents(name, result, faults);
  for (const diag::Diagnostic& fault : faults.all()) {
    if (fault.severity == diag::Severity::error)
      out.error(fault.location, fmt::format("service '{}': {}", service.name, fault.text));
  }
  return result;
}

/// A user's own templates may not know about access tokens: then pods would be refused by the CAS.
void check_token_use(const ServiceInstance& service, const std::string& origin,
                     const std::map<std::string, std::string>& files, diag::Diagnostics& out) {
  if (service.access_token.empty()) return;
  const bool used = std::any_of(files.begin(), files.end(), [](const auto& file) {
    return file.first.starts_with("templates/") &&
           file.second.find("service_access_token") != std::string::npos;
  });
  if (used) return;
  out.warning(
      service.at(),
      fmt::format("service '{}': no template of {} uses .Values.scone.service_access_token; "
                  "give its pods SCONE_SERVICE_ACCESS_TOKEN, or the CAS refuses them",
                  service.name, origin));
}

void add_sub_chart(Chart& result, std::size_t index, const Derived& derived,
                   diag::Diagnostics& out) {
  const ServiceInstance& service = derived.application.services[index];
  const std::string root = "charts/" + service.kubernetes_name + "/";
  const auto& files = chart_files(service, derived.options);
  const auto& own = service.given->helm_chart;
  const std::string origin =
      own ? own->text : service.image + ":/scone/charts/" + service.facts.name;
  check_token_use(service, origin, files, out);
  result[root + "Chart.yaml"] = {
      chart_yaml(service.kubernetes_name, "Service " + service.name + " of " + service.image,
                 derived.options.release_version),
      false};
  const render::Variables variables = chart_variables(index, derived);
  for (const auto& [path, text] : files) {
    if (path == "Chart.yaml" || path == "values.yaml") continue;
    if (path == values_template) {
      const auto source = fmt::format("{}/{}", origin, path);
      result[root + "values.yaml"] = {sub_chart_values(service, variables, source, text, out),
                                      false};
    } else {
      result[root + path] = {text, false};
    }
  }
  if (result.count(root + "values.yaml") == 0)
    out.error(service.at(), fmt::format("service '{}': its chart {} has no {}", service.name,
                                        origin, values_template));
}

}  // namespace

Chart chart(const Application& application, const std::vector<session::Session>& sessions,
            const Options& options, diag::Diagnostics& out) {
  Chart result;
  const bool has_tokens =
      std::any_of(application.services.begin(), application.services.end(),
                  [](const ServiceInstance& service) { return !service.access_token.empty(); });
  result["Chart.yaml"] = {umbrella_yaml(application, options.release_version), false};
  result["templates/NOTES.txt"] = {umbrella_notes(application, options), false};
  if (const std::string checks = installation_checks(application, sessions); !checks.empty())
    result["templates/checks.yaml"] = {checks, false};
  result["values.yaml"] = {umbrella_values(application, options, out),
                           has_tokens || !options.overrides.empty()};
  const Derived derived{application, options, peers(application),
                        Revisions(application, sessions, options)};
  for (std::size_t i = 0; i < application.services.size(); ++i)
    add_sub_chart(result, i, derived, out);
  return result;
}

std::vector<ReleasedService> released_services(const Application& application,
                                               const std::vector<session::Session>& sessions,
                                               const Options& options) {
  const Revisions revisions(application, sessions, options);
  std::vector<ReleasedService> result;
  for (const ServiceInstance& service : application.services)
    result.push_back({service.kubernetes_name, service.session, pinned_image(service),
                      revisions.of(service), service.native()});
  return result;
}

}  // namespace sconectl::mesh
