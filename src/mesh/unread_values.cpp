#include "mesh/unread_values.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "mesh/chart_files.hpp"
#include "mesh/overrides.hpp"
#include "mesh/placeholder.hpp"
#include "sconectl/diag/suggest.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/text/variable.hpp"

namespace sconectl::mesh {
namespace {

using Texts = std::vector<std::string_view>;

/// Public meshes set it for servers, where the chart of that time had no use for it either.
constexpr const char* restart_hint =
    ": a service is a Deployment, whose pods are always started again; 'jobs: {restartPolicy: "
    "OnFailure}' in its 'helm_extra_values' makes a program that ends a Job";

bool mentions(std::string_view text, std::string_view name) {
  for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1))
    if (at + name.size() == text.size() || !text::continues_variable_name(text[at + name.size()]))
      return true;
  return false;
}

/// Every text of a service that a variable may fill.
Texts filled_texts(const ServiceInstance& service, const Options& options) {
  Texts result{service.facts.command, service.facts.policy.secrets,
               service.facts.policy.template_policy};
  for (const auto& variable : service.facts.local) result.push_back(variable.value);
  for (const auto& file : service.facts.injection_files) result.push_back(file.content);
  for (const auto& [path, text] : service.facts.policy.config_fragments) result.push_back(text);
  for (const auto& [path, text] : chart_files(service, options))
    if (path == values_template) result.push_back(text);
  for (const auto& file : {service.given->image_policy, service.given->image_secrets})
    if (file) result.push_back(options.files.at(file->text));
  return result;
}

class Readers {
 public:
  Readers(const Application& application, const Options& options) : application_(application) {
    for (const ServiceInstance& service : application.services) {
      texts_.push_back(filled_texts(service, options));
      for (const auto& variable : service.facts.global) names_.push_back(variable.name);
      for (const auto& variable : service.facts.defaults) names_.push_back(variable.name);
    }
  }

  /// Whether the service of this index reads the variable.
  [[nodiscard]] bool reads(std::size_t service, const std::string& name) const {
    const auto named = [&](const auto& variable) { return variable.name == name; };
    const auto& global = application_.services[service].facts.global;
    return std::any_of(global.begin(), global.end(), named) ||
           std::any_of(texts_[service].begin(), texts_[service].end(),
                       [&](std::string_view text) { return fills(text, name); });
  }

  [[nodiscard]] std::string hint(const std::string& name) const {
    return diag::did_you_mean(name, names_);
  }

 private:
  const Application& application_;
  std::vector<Texts> texts_;
  std::vector<std::string> names_;
};

/// A value of the mesh may name another variable of the mesh.
bool named_by_values(const manifest::Mesh& mesh, const std::string& name) {
  for (const manifest::EnvSection& section : mesh.env)
    for (const manifest::Variable& variable : section.variables)
      if (variable.value && variable.name != name && fills(*variable.value, name)) return true;
  return false;
}

/// Another value for such a variable is an error of its own.
bool declared_local(const Application& application, const std::string& service,
                    const std::string& name) {
  for (const ServiceInstance& instance : application.services)
    if (instance.name == service)
      for (const text::Variable& variable : instance.facts.local)
        if (variable.name == name) return true;
  return false;
}

void judge_section(const Application& application, const manifest::EnvSection& section,
                   const Readers& readers, bool for_all, diag::Diagnostics& out) {
  for (const manifest::Variable& variable : section.variables) {
    if (!variable.value || variable.name == "RELEASE") continue;  // the release of the chart
    if (!for_all && declared_local(application, section.service.text, variable.name)) continue;
    bool read = named_by_values(*application.mesh, variable.name);
    for (std::size_t i = 0; i < application.services.size() && !read; ++i)
      read = (for_all || application.services[i].name == section.service.text) &&
             readers.reads(i, variable.name);
    if (read) continue;
    const std::string hint =
        variable.name == "restartPolicy" ? restart_hint : readers.hint(variable.name);
    out.warning(variable.at, fmt::format("nothing reads '{}', which section '{}' of 'env' sets{}",
                                         variable.name, section.service.text, hint));
  }
}

/// Whether a template takes the values as a whole: `toYaml .Values`, `index .Values "key"`.
bool takes_all(std::string_view text) {
  constexpr std::string_view values = ".Values";
  for (auto at = text.find(values); at != std::string_view::npos; at = text.find(values, at + 1)) {
    const std::string_view rest = text.substr(at + values.size());
    if (rest.empty() || (rest.front() != '.' && !text::continues_variable_name(rest.front())))
      return true;
  }
  return false;
}

/// A value of a sub-chart that no template of it has behind `.Values.`.
void judge_value(const std::string& key, const diag::Location& at, const ServiceInstance& service,
                 const Options& options, diag::Diagnostics& out) {
  const auto& chart = chart_files(service, options);
  const bool read = std::any_of(chart.begin(), chart.end(), [&](const auto& file) {
    return file.first.starts_with("templates/") &&
           (mentions(file.second, ".Values." + key) || takes_all(file.second));
  });
  if (!read && key != "global")  // which helm gives to every sub-chart
    out.warning(at,
                fmt::format("'{}' has no effect: no template of the chart of service '{}' reads "
                            ".Values.{}",
                            key, service.name, key));
}

void judge_values(const yaml::Value& values, const ServiceInstance& service, const Options& options,
                  diag::Diagnostics& out) {
  for (const yaml::Entry& entry : values.entries())
    judge_value(entry.key, entry.key_location, service, options, out);
}

/// `service.key.more=value` in the mesh's `helm` list.
void judge_assignments(const Application& application, const Options& options,
                       diag::Diagnostics& out) {
  for (const manifest::Text& assignment : application.mesh->helm) {
    const auto keys = text::split(text::cut(assignment.text, '=').before, '.');
    if (keys.size() < 2) continue;
    for (const ServiceInstance& service : application.services)
      if (keys[0] == service.name || keys[0] == service.kubernetes_name)
        judge_value(std::string(keys[1]), assignment.at, service, options, out);
  }
}

/// Values of the command line for charts without a schema, which judges all others.
void judge_given_values(const Application& application, const Options& options,
                        diag::Diagnostics& out) {
  for (const yaml::Value& values : options.overrides) {
    for (const yaml::Entry& entry : values.entries()) {
      const ServiceInstance* service = service_of_key(application, entry.key);
      if (service != nullptr && chart_files(*service, options).count(schema_file) == 0)
        judge_values(entry.value, *service, options, out);
    }
  }
}

}  // namespace

void warn_of_unread_values(const Application& application, const Options& options, bool all_known,
                           diag::Diagnostics& out) {
  const Readers readers(application, options);
  const manifest::Mesh& mesh = *application.mesh;
  std::vector<std::string> names;
  for (const ServiceInstance& service : application.services) names.push_back(service.name);
  for (const manifest::EnvSection& section : mesh.env) {
    const std::string& name = section.service.text;
    const bool for_all = name == "global" || name == "helm";
    const bool known = std::find(names.begin(), names.end(), name) != names.end();
    if (known || (for_all && all_known)) judge_section(application, section, readers, for_all, out);
  }
  for (const ServiceInstance& service : application.services) {
    if (const auto& extra = service.given->helm_extra_values)
      judge_values(*extra, service, options, out);
    if (!mesh.helm_extra_values) continue;
    const auto* values = mesh.helm_extra_values->find(service.name);
    if (values == nullptr) values = mesh.helm_extra_values->find(service.facts.name);
    if (values != nullptr) judge_values(*values, service, options, out);
  }
  judge_assignments(application, options, out);
  judge_given_values(application, options, out);
}

}  // namespace sconectl::mesh
