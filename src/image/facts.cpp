#include "sconectl/image/facts.hpp"

#include <fmt/core.h>

#include "image/policy_texts.hpp"
#include "image/service_json.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::image {
namespace {

const std::string service_file(service_json_path);

std::string folder_text(const SconeFolder& folder, const std::string& path) {
  const auto found = folder.find(path);
  return found == folder.end() ? "" : found->second;
}

/// The files below a folder, by path relative to it.
std::map<std::string, std::string> below(const SconeFolder& folder, const std::string& prefix) {
  std::map<std::string, std::string> result;
  for (auto entry = folder.lower_bound(prefix);
       entry != folder.end() && entry->first.starts_with(prefix); ++entry)
    result.emplace(entry->first.substr(prefix.size()), entry->second);
  return result;
}

/// The name of the only chart of the folder.
std::string chart_name(const SconeFolder& folder, const std::string& image) {
  std::string name;
  for (const auto& [path, text] : below(folder, "charts/")) {
    const auto slash = path.find('/');
    if (slash == std::string::npos || path.substr(0, slash) == name) continue;
    if (!name.empty())
      throw diag::Error(diag::ErrorKind::invalid,
                        fmt::format("image '{}' has more than one chart under /scone/charts: '{}' "
                                    "and '{}'",
                                    image, name, path.substr(0, slash)));
    name = path.substr(0, slash);
  }
  if (!name.empty()) return name;
  throw diag::Error(diag::ErrorKind::invalid,
                    fmt::format("image '{}' has no chart under /scone/charts, a mesh can not use "
                                "it; build it with 'sconectl apply'",
                                image));
}

}  // namespace

SconeFolder scone_folder(const Facts& facts) {
  SconeFolder folder;
  folder[service_file] = service_json(facts);
  folder["policy/env.yaml"] = facts.policy.env;
  folder["policy/secrets.yaml"] = facts.policy.secrets;
  folder["policy/binaries.yaml"] = facts.policy.binaries;
  for (const auto& [path, text] : facts.chart)
    folder[fmt::format("charts/{}/{}", facts.name, path)] = text;
  return folder;
}

Facts facts_from(const SconeFolder& folder, const std::string& image) {
  Facts facts;
  facts.image = image;
  facts.name = chart_name(folder, image);
  facts.policy.env = folder_text(folder, "policy/env.yaml");
  facts.policy.secrets = folder_text(folder, "policy/secrets.yaml");
  facts.policy.binaries = folder_text(folder, "policy/binaries.yaml");
  facts.policy.template_policy = folder_text(folder, "policy/template-policy.yaml");
  facts.policy.config_fragments = below(folder, "config-fragments/");
  facts.own = folder.contains(service_file);
  if (facts.own) {
    read_service_json(folder.at(service_file), facts);
  } else if (facts.policy.template_policy.empty()) {
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("image '{}' has neither /scone/policy/service.json nor "
                                  "/scone/policy/template-policy.yaml, a mesh can not use it",
                                  image));
  }
  facts.chart = below(folder, fmt::format("charts/{}/", facts.name));
  facts.defaults = parse_env(image + ": /scone/policy/env.yaml", facts.policy.env);
  facts.binaries = parse_binaries(image + ": /scone/policy/binaries.yaml", facts.policy.binaries);
  return facts;
}

}  // namespace sconectl::image
