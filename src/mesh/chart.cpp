#include "sconectl/mesh/chart.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/mesh/names.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sconectl/yaml/sensitivity.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::mesh {
namespace {

constexpr const char* chart_version = "0.1.0";
constexpr const char* values_template = "values.yaml.template";

std::string chart_yaml(const std::string& name, const std::string& description) {
  yaml::Node node;
  node.set("apiVersion", "v2");
  node.set("name", name);
  node.set("description", description);
  node.set("type", "application");
  node.set("version", chart_version);
  node.set("appVersion", chart_version);
  return yaml::write(node);
}

std::string umbrella_yaml(const Application& application) {
  std::string name = kubernetes_name(application.name_space);
  yaml::Node dependencies = yaml::Node::sequence();
  for (const ServiceInstance& service : application.services) {
    yaml::Node dependency;
    dependency.set("name", service.kubernetes_name);
    dependency.set("version", chart_version);
    dependencies.push(std::move(dependency));
  }
  yaml::Node node;
  node.set("apiVersion", "v2");
  node.set("name", name.empty() ? "application" : name);
  node.set("description", "The services of " + application.name_space);
  node.set("type", "application");
  node.set("version", chart_version);
  node.set("appVersion", chart_version);
  node.set("dependencies", std::move(dependencies));
  return yaml::write(node);
}

/// What helm prints after an installation; a chart without templates is no chart to `helm lint`.
std::string notes(const Application& application) {
  std::string result = fmt::format("Application {} with its CAS at {}. Services:\n",
                                   application.name_space, application.cas_address);
  for (const ServiceInstance& service : application.services)
    result += fmt::format("  {}: {}\n", service.kubernetes_name, service.config_id());
  return result;
}

/// The value of a key, made if it is not there; a value that is no mapping is replaced by one.
yaml::Node& descend(yaml::Node& node, const std::string& key) {
  if (yaml::Node* found = node.find(key)) {
    if (found->entries() == nullptr) *found = yaml::Node::mapping();
    return *found;
  }
  node.set(key, yaml::Node::mapping());
  return *node.find(key);
}

/// Later values win, mappings are merged, as helm does.
void merge(yaml::Node& into, const yaml::Node& from) {
  for (const auto& [key, value] : *from.entries()) {
    yaml::Node* old = into.find(key);
    if (old != nullptr && old->entries() != nullptr && value.entries() != nullptr) {
      merge(*old, value);
    } else if (old != nullptr) {
      *old = value;
    } else {
      into.set(key, value);
    }
  }
}

/// The sub-chart that a key of `helm_extra_values` means: the service's name, or the name of the
/// chart in its image, as older meshes write it.
std::string sub_chart(const Application& application, const std::string& key) {
  for (const ServiceInstance& service : application.services)
    if (service.name == key || service.kubernetes_name == key) return service.kubernetes_name;
  for (const ServiceInstance& service : application.services)
    if (service.facts.name == key) return service.kubernetes_name;
  return key;
}

/// One `a.b.c=value` of the mesh's `helm` list.
void set_path(yaml::Node& values, const Application& application, const manifest::Text& assignment,
              diag::Diagnostics& out) {
  const auto [path, text] = text::cut(assignment.text, '=');
  if (!text) {
    out.error(assignment.at,
              fmt::format("'{}' is not of the form path.to.value=text", assignment.text));
    return;
  }
  std::vector<std::string_view> keys = text::split(path, '.');
  const std::string last(keys.back());
  keys.pop_back();
  yaml::Node* node = &values;
  for (const std::string_view key : keys) {
    const bool first = node == &values;
    node = &descend(*node, first ? sub_chart(application, std::string(key)) : std::string(key));
  }
  const auto value = yaml::Value::scalar(std::string(*text), true, assignment.at);
  merge(*node, yaml::Node().set(last, yaml::Node::from(value)));
}

/// What a native service is started with and no template can know (docs/native-runtime.md). The
/// chart makes a Kubernetes Secret of the token.
void set_native_values(yaml::Node& values, const Application& application,
                       const ServiceInstance& service) {
  if (!service.native()) return;
  yaml::Node& scone = descend(descend(values, service.kubernetes_name), "scone");
  if (!application.cas_key.empty()) scone.set("cas_key", application.cas_key);
  if (!service.access_token.empty()) scone.set("service_access_token", service.access_token);
}

std::string umbrella_values(const Application& application, diag::Diagnostics& out) {
  yaml::Node values = yaml::Node::mapping();
  for (const ServiceInstance& service : application.services)
    set_native_values(values, application, service);
  const manifest::Mesh& mesh = *application.mesh;
  if (mesh.helm_extra_values) {
    for (const yaml::Entry& entry : mesh.helm_extra_values->entries()) {
      if (!entry.value.is_mapping()) {
        out.error(entry.value.location(), fmt::format("'helm_extra_values.{}' must be a mapping",
                                                      yaml::shown_key(entry.key)));
        continue;
      }
      merge(descend(values, sub_chart(application, entry.key)), yaml::Node::from(entry.value));
    }
  }
  for (const ServiceInstance& service : application.services) {
    if (const auto& extra = service.given->helm_extra_values; extra && extra->is_mapping())
      merge(descend(values, service.kubernetes_name), yaml::Node::from(*extra));
  }
  for (const manifest::Text& assignment : mesh.helm) set_path(values, application, assignment, out);
  return yaml::write(values);
}

/// The values of a sub-chart: stage 2 of the chart's template, read again before it is used.
std::string sub_chart_values(const ServiceInstance& service, const std::string& name,
                             const std::string& text, diag::Diagnostics& out) {
  diag::Diagnostics faults;
  const auto source = std::make_shared<const diag::Source>(name, text);
  std::string result =
      render::render_yaml(source, service.variables, render::Dialect::helm_values, faults);
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

void add_sub_chart(Chart& result, const ServiceInstance& service, const Options& options,
                   diag::Diagnostics& out) {
  const std::string root = "charts/" + service.kubernetes_name + "/";
  const auto& own = service.given->helm_chart;
  const auto& files = own ? options.charts.at(own->text) : service.facts.chart;
  const std::string origin =
      own ? own->text : service.image + ":/scone/charts/" + service.facts.name;
  check_token_use(service, origin, files, out);
  result[root + "Chart.yaml"] = {
      chart_yaml(service.kubernetes_name, "Service " + service.name + " of " + service.image),
      false};
  for (const auto& [path, text] : files) {
    if (path == "Chart.yaml" || path == "values.yaml") continue;
    if (path == values_template) {
      const auto source = fmt::format("{}/{}", origin, path);
      result[root + "values.yaml"] = {sub_chart_values(service, source, text, out), false};
    } else {
      result[root + path] = {text, false};
    }
  }
  if (result.count(root + "values.yaml") == 0)
    out.error(service.at(), fmt::format("service '{}': its chart {} has no {}", service.name,
                                        origin, values_template));
}

}  // namespace

Chart chart(const Application& application, const Options& options, diag::Diagnostics& out) {
  Chart result;
  const bool has_tokens =
      std::any_of(application.services.begin(), application.services.end(),
                  [](const ServiceInstance& service) { return !service.access_token.empty(); });
  result["Chart.yaml"] = {umbrella_yaml(application), false};
  result["templates/NOTES.txt"] = {notes(application), false};
  result["values.yaml"] = {umbrella_values(application, out), has_tokens};
  for (const ServiceInstance& service : application.services)
    add_sub_chart(result, service, options, out);
  return result;
}

}  // namespace sconectl::mesh
