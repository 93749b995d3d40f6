// Manifests as text to an Application, for the tests of this room.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/image/plan.hpp"
#include "sconectl/manifest/parse.hpp"
#include "sconectl/mesh/application.hpp"
#include "sconectl/mesh/chart.hpp"
#include "sconectl/mesh/sessions.hpp"
#include "sconectl/render/template_set.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sconectl/yaml/substitute.hpp"

namespace sconectl::mesh {

using Values = std::map<std::string, std::string>;

inline manifest::Manifest manifest_of(const std::string& name, const std::string& text,
                                      const Values& values) {
  diag::Diagnostics out;
  const auto variables = [&](std::string_view key) -> std::optional<std::string> {
    const auto found = values.find(std::string(key));
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
  auto result = manifest::parse(
      yaml::substitute(yaml::parse_document(name, text), variables, out, {.keys = true}), out);
  out.throw_if_errors();
  return result;
}

inline image::BuildPlan plan_of(const std::string& service_yaml, const Values& values = {},
                                image::Runtime runtime = image::Runtime::native,
                                const image::Sources& sources = {}) {
  const auto service =
      std::get<manifest::Service>(manifest_of("service.yaml", service_yaml, values));
  image::PlanOptions options;
  options.runtime = runtime;
  options.launcher = "/sconectl";
  diag::Diagnostics out;
  return image::plan(service, options, render::embedded("service"), sources, out);
}

inline image::Facts facts_of(const std::string& service_yaml, const Values& values = {},
                             image::Runtime runtime = image::Runtime::native) {
  return plan_of(service_yaml, values, runtime).facts;
}

/// A mesh with everything that was made from it. The facts are found by image reference.
struct Joined {
  manifest::Mesh mesh;
  Application application;
  std::vector<session::Session> sessions;
  Chart chart;
  std::string errors;  ///< one line each
  std::string warnings;
};

inline Options test_options() {
  Options options;
  options.cas_address = "cas.example";
  options.cas_key = "CASKEYHASH";
  options.creator_key_hash = "CREATORHASH";
  options.session_signing_key = "-----BEGIN PUBLIC KEY-----\nkey\n-----END PUBLIC KEY-----\n";
  return options;
}

inline void join(Joined& joined, const std::string& mesh_yaml,
                 const std::vector<image::Facts>& images, const Values& values = {},
                 Options options = test_options()) {
  joined.mesh = std::get<manifest::Mesh>(manifest_of("mesh.yaml", mesh_yaml, values));
  std::vector<std::optional<image::Facts>> facts;
  for (const auto& service : joined.mesh.services) {
    facts.emplace_back(std::nullopt);
    for (const image::Facts& known : images)
      if (known.image == service.image.text) facts.back() = known;
    const std::string name = service.name ? service.name->text : "";
    options.tokens[joined.mesh.policy.name_space.text + "/" + name] = "token-of-" + name;
  }
  diag::Diagnostics out;
  joined.application = resolve(joined.mesh, facts, options, out);
  joined.sessions = sessions(joined.application, options, out);
  joined.chart = chart(joined.application, joined.sessions, options, out);
  for (const auto& d : out.all())
    (d.severity == diag::Severity::error ? joined.errors : joined.warnings) += d.line() + "\n";
}

}  // namespace sconectl::mesh
