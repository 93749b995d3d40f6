// Manifest text to a build plan, for the tests of this room.
#pragma once

#include <string>

#include "sconectl/image/plan.hpp"
#include "sconectl/manifest/parse.hpp"
#include "sconectl/yaml/parse.hpp"

namespace sconectl::image {

struct Planned {
  BuildPlan plan;
  std::string errors;
  std::string warnings;
};

inline PlanOptions native() {
  PlanOptions options;
  options.runtime = Runtime::native;
  options.launcher = "/usr/bin/sconectl";
  return options;
}

inline PlanOptions scone() {
  PlanOptions options;
  options.runtime = Runtime::scone;
  options.runtime_because = "'--runtime' says so";
  return options;
}

inline manifest::Service service(const std::string& text) {
  diag::Diagnostics out;
  auto result = manifest::parse(yaml::parse_document("service.yaml", text), out);
  out.throw_if_errors();
  return std::get<manifest::Service>(result);
}

inline Planned planned(const std::string& text, const Sources& sources = {},
                       const PlanOptions& options = native(),
                       const render::TemplateSet& templates = render::embedded("service")) {
  diag::Diagnostics out;
  Planned result{plan(service(text), options, templates, sources, out), "", ""};
  for (const auto& diagnostic : out.all())
    (diagnostic.severity == diag::Severity::error ? result.errors : result.warnings) +=
        diagnostic.line() + "\n";
  return result;
}

/// A small manifest; `build` is added to its build section.
inline std::string manifest_with(const std::string& build, const std::string& kind = "python") {
  return "apiVersion: scone/5.8\nkind: genservice\nbuild:\n  name: web\n  kind: " + kind +
         "\n  to: r/web:1\n  command: python3 web.py\n" + build;
}

/// The Dockerfile without the value of the label that holds the whole folder again, compressed.
inline std::string without_description(std::string dockerfile) {
  const std::string label = " io.sconectl.scone=\"";
  const auto at = dockerfile.find(label);
  if (at == std::string::npos) return dockerfile;
  const auto begin = at + label.size();
  if (dockerfile.at(begin) == '"') return dockerfile;
  return dockerfile.replace(begin, dockerfile.find('"', begin) - begin, "(the folder scone/)");
}

inline std::string text_at(const BuildPlan& plan, const std::string& path) {
  return std::get<std::string>(plan.context.at(path).content);
}

}  // namespace sconectl::image
