#include "mesh/umbrella.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "mesh/chart_files.hpp"
#include "mesh/overrides.hpp"
#include "mesh/peers.hpp"
#include "sconectl/mesh/names.hpp"
#include "sconectl/session/write.hpp"
#include "sconectl/text/address.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/yaml/sensitivity.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::mesh {
namespace {

constexpr const char* chart_version = "0.1.0";

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
  const ServiceInstance* service = service_of_key(application, key);
  return service == nullptr ? key : service->kubernetes_name;
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

bool names_variable(const yaml::Node& list, const std::string& name) {
  for (yaml::Node item : *list.items()) {
    const yaml::Node* found = item.find("name");
    if (found == nullptr) continue;
    if (found->text() != nullptr && *found->text() == name) return true;
    if (found->verbatim() != nullptr && found->verbatim()->text == name) return true;
  }
  return false;
}

/// An enclave of Gramine takes its global variables from the container, and reads no session.
void set_passed_variables(yaml::Node& values, const ServiceInstance& service,
                          diag::Diagnostics& out) {
  if (service.facts.runtime != image::Runtime::gramine || !service.measured()) return;
  yaml::Node& own = descend(values, service.kubernetes_name);
  if (own.find("extraEnv") == nullptr || own.find("extraEnv")->items() == nullptr)
    own.set("extraEnv", yaml::Node::sequence());
  yaml::Node& list = *own.find("extraEnv");
  for (const image::MeshVariable& global : service.facts.global) {
    const auto found =
        std::find_if(service.environment.begin(), service.environment.end(),
                     [&](const text::Variable& each) { return each.name == global.name; });
    if (found == service.environment.end() || names_variable(list, global.name)) continue;
    if (found->value.find("$$SCONE::") != std::string::npos) {
      out.warning(service.at(),
                  fmt::format("service '{}': variable '{}' is a secret, and its enclave takes it "
                              "from the container, which anybody could read: it is not set",
                              service.name, global.name));
      continue;
    }
    list.push(yaml::Node().set("name", global.name).set("value", found->value));
  }
}

/// Sessions name hosts of the application, in certificates or variables.
bool hosts_follow_release(const Application& application,
                          const std::vector<session::Session>& sessions) {
  const Hosts hosts(application);
  return !application.release.empty() &&
         std::any_of(sessions.begin(), sessions.end(), [&](const session::Session& session) {
           return !hosts.named_in(session::text(session)).empty();
         });
}

}  // namespace

std::string chart_yaml(const std::string& name, const std::string& description,
                       const std::string& version) {
  yaml::Node node;
  node.set("apiVersion", "v2");
  node.set("name", name);
  node.set("description", description);
  node.set("type", "application");
  node.set("version", chart_version);
  node.set("appVersion", version.empty() ? chart_version : version);
  return yaml::write(node);
}

std::string umbrella_yaml(const Application& application, const std::string& version) {
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
  node.set("appVersion", version.empty() ? chart_version : version);
  node.set("dependencies", std::move(dependencies));
  return yaml::write(node);
}

std::string umbrella_notes(const Application& application, const Options& options) {
  // The name of a template that our charts have (templates/service/charts/templates/_helpers.tpl).
  constexpr const char* own_notes = "service.notes";
  std::string result = fmt::format("Application {} with its CAS at {}. Services:\n",
                                   application.name_space, application.cas_address);
  for (const ServiceInstance& service : application.services) {
    const auto& files = chart_files(service, options);
    const bool has_notes = std::any_of(files.begin(), files.end(), [&](const auto& file) {
      return file.second.find(fmt::format("define \"{}\"", own_notes)) != std::string::npos;
    });
    result += has_notes ? fmt::format("\n{{{{ include \"{}\" (index .Subcharts \"{}\") }}}}\n",
                                      own_notes, service.kubernetes_name)
                        : fmt::format("  {}: {}\n", service.kubernetes_name, service.config_id());
  }
  return result;
}

std::string installation_checks(const Application& application,
                                const std::vector<session::Session>& sessions) {
  std::string result;
  if (hosts_follow_release(application, sessions))
    result += fmt::format(
        "{{{{- if ne .Release.Name \"{0}\" }}}}\n"
        "{{{{- fail (printf \"this chart was made for the release '{0}', after which its hosts are "
        "called, and not for '%s': install it as '{0}', or apply the mesh again with --release "
        "%s\" .Release.Name .Release.Name) }}}}\n"
        "{{{{- end }}}}\n",
        application.release);
  if (text::is_loopback(
          text::parse_address(application.cas_address, {.otherwise = 0, .least = 1}).host))
    // Helm lists Secrets for itself, so that the list is never refused; without a cluster it is
    // empty.
    result += fmt::format(
        "{{{{- if lookup \"v1\" \"Secret\" .Release.Namespace \"\" }}}}\n"
        "{{{{- fail \"the CAS of this chart is at {}, which in a pod means the pod itself: apply "
        "the "
        "mesh again with a 'cas_url' or '--service-cas' that pods can reach\" }}}}\n"
        "{{{{- end }}}}\n",
        application.cas_address);
  return result;
}

std::string umbrella_values(const Application& application, const Options& options,
                            diag::Diagnostics& out) {
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
  judge_overrides(application, options, out);
  for (const yaml::Value& given : options.overrides)
    for (const yaml::Entry& entry : given.entries())
      if (entry.value.is_mapping())
        merge(descend(values, sub_chart(application, entry.key)), yaml::Node::from(entry.value));
  for (const ServiceInstance& service : application.services)
    set_passed_variables(values, service, out);
  return yaml::write(values);
}

}  // namespace sconectl::mesh
