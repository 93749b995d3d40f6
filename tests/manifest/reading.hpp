// Manifest text to a parsed manifest and its messages, for the tests of this room.
#pragma once

#include <string>

#include "sconectl/manifest/parse.hpp"
#include "sconectl/yaml/parse.hpp"

namespace sconectl::manifest {

struct Reading {
  Manifest manifest;
  std::string errors;    ///< "m:line:col: error: …" each on a line
  std::string warnings;  ///< the same for warnings
  [[nodiscard]] const Service& service() const { return std::get<Service>(manifest); }
  [[nodiscard]] const Mesh& mesh() const { return std::get<Mesh>(manifest); }
};

inline Reading read(const std::string& text) {
  diag::Diagnostics out;
  Reading reading;
  const auto documents = yaml::parse_documents("m", text, out);
  reading.manifest = parse(documents.empty() ? yaml::Value() : documents.front(), out);
  for (const auto& diagnostic : out.all())
    (diagnostic.severity == diag::Severity::error ? reading.errors : reading.warnings) +=
        diagnostic.line() + "\n";
  return reading;
}

inline const std::string build_section =
    "build:\n  name: web\n  kind: python\n  to: r/web:1\n  command: python3 web.py\n";
inline const std::string service_head = "apiVersion: scone/5.8\nkind: genservice\n";
inline const std::string mesh_head =
    "apiVersion: scone/5.8\nkind: mesh\ncas:\n- name: cas\n  cas_url: cas.default\n"
    "policy:\n  namespace: ns\nservices:\n- name: web\n  image: r/web:1\n";

}  // namespace sconectl::manifest
