#include "sconectl/mesh/overrides.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "mesh/chart_files.hpp"
#include "mesh/overrides.hpp"
#include "mesh/value_schema.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/diag/suggest.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/yaml/parse.hpp"

namespace sconectl::mesh {
namespace {

/// Helm gives it to every sub-chart.
constexpr std::string_view for_all_charts = "global";

std::vector<std::string> keys_in(std::string_view path) {
  std::vector<std::string> result(1);
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '.') {
      result.emplace_back();
    } else {
      if (path[i] == '\\' && i + 1 < path.size()) ++i;
      result.back() += path[i];
    }
  }
  return result;
}

yaml::Value value_of(const std::string& text, const diag::Location& at) {
  if (!text.empty() && std::string_view("[{\"'").find(text.front()) != std::string_view::npos)
    return yaml::parse_document(at.text(), text);
  if (text == "null") return yaml::Value::null(at);
  const yaml::Value plain = yaml::Value::scalar(text, true, at);
  const bool means_more = yaml::boolean(plain).has_value() || yaml::integer(plain).has_value();
  return means_more ? plain : yaml::Value::scalar(text, false, at);
}

/// Also within a mapping that was written as one value.
bool holds_token(const yaml::Value& value) {
  const auto& entries = value.entries();
  const auto& items = value.items();
  return std::any_of(entries.begin(), entries.end(),
                     [](const yaml::Entry& entry) {
                       return entry.key == "service_access_token" || holds_token(entry.value);
                     }) ||
         std::any_of(items.begin(), items.end(), holds_token);
}

}  // namespace

yaml::Value assigned_value(const std::string& assignment) {
  const auto [path, text] = text::cut(assignment, '=');
  const std::vector<std::string> keys = keys_in(path);
  for (const std::string& key : keys)
    if (!text || key.empty())
      throw diag::Error(
          diag::ErrorKind::usage,
          fmt::format("--set: '{}' is not of the form SERVICE.PATH=VALUE, as in "
                      "'web.replicaCount=3'; a file with more values goes with --values",
                      path));
  const diag::Location at = diag::whole_file(fmt::format("--set {}", path));
  yaml::Value value = value_of(std::string(*text), at);
  for (auto key = keys.rbegin(); key != keys.rend(); ++key)
    value = yaml::Value::mapping({{*key, at, std::move(value)}}, at);
  if (holds_token(value))
    throw diag::Error(diag::ErrorKind::usage,
                      fmt::format("--set {}: every user of this machine could read the token on "
                                  "the command line; write it into the service's environment file "
                                  "(docs/target-directory.md)",
                                  path));
  return value;
}

const ServiceInstance* service_of_key(const Application& application, const std::string& key) {
  for (const ServiceInstance& service : application.services)
    if (service.name == key || service.kubernetes_name == key) return &service;
  for (const ServiceInstance& service : application.services)
    if (service.facts.name == key) return &service;
  return nullptr;
}

void judge_overrides(const Application& application, const Options& options,
                     diag::Diagnostics& out) {
  const bool all_known = application.services.size() == application.mesh->services.size();
  std::vector<std::string> names;
  for (const ServiceInstance& service : application.services) names.push_back(service.name);
  for (const yaml::Value& values : options.overrides) {
    for (const yaml::Entry& entry : values.entries()) {
      if (entry.key == for_all_charts) continue;
      const ServiceInstance* service = service_of_key(application, entry.key);
      if (service == nullptr) {
        if (!all_known) continue;  // a dry run leaves services out
        out.error(entry.key_location, fmt::format("the mesh has no service '{}'{}", entry.key,
                                                  diag::did_you_mean(entry.key, names)));
        continue;
      }
      const auto& files = chart_files(*service, options);
      if (const auto schema = files.find(schema_file); schema != files.end()) {
        judge_values_by(yaml::parse_document(schema_file, schema->second), entry.value, entry.key,
                        out);
      } else if (!entry.value.is_mapping()) {
        out.error(entry.value.location(), fmt::format("'{}' must be a mapping", entry.key));
      }
    }
  }
}

}  // namespace sconectl::mesh
