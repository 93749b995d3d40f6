// Meshes and the facts of their images, for the tests of this room.
#pragma once

#include <string>
#include <vector>

#include "action/mesh_inputs.hpp"
#include "sconectl/image/plan.hpp"
#include "sconectl/manifest/parse.hpp"
#include "sconectl/render/template_set.hpp"
#include "sconectl/yaml/parse.hpp"

namespace sconectl::action {

inline manifest::Manifest manifest_of(const std::string& file, const std::string& text) {
  diag::Diagnostics out;
  auto result = manifest::parse(yaml::parse_document(file, text), out);
  out.throw_if_errors();
  return result;
}

/// An image `r/NAME:1` of ours with a generated password and the global variable WHO.
inline image::Facts image_of_ours(const std::string& name = "web",
                                  image::Runtime runtime = image::Runtime::native) {
  const auto service = std::get<manifest::Service>(manifest_of(
      name + ".yaml",
      "apiVersion: scone/5.8\nkind: genservice\nenvironment:\n  local:\n"
      "  - {name: PASSWORD, value: \"$$SCONE::password$$\"}\n  global:\n  - name: WHO\n"
      "secrets:\n  global:\n  - {name: password, kind: ascii, size: 10}\n"
      "build:\n  name: " +
          name + "\n  kind: python\n  to: r/" + name + ":1\n  command: python3 web.py\n"));
  image::PlanOptions options;
  options.runtime = runtime;
  options.launcher = "/usr/bin/sconectl";
  diag::Diagnostics out;
  return image::plan(service, options, render::embedded("service"), {}, out).facts;
}

/// A mesh with the service `web`; `cas` are lines of its CAS, `more` further sections.
inline std::string mesh_manifest(const std::string& cas = "cas_url: cas.example",
                                 const std::string& more = "") {
  return "apiVersion: scone/5.8\nkind: mesh\ncas:\n- name: cas\n  " + cas +
         "\npolicy:\n  namespace: demo\nenv:\n- service: global\n  env:\n"
         "  - {name: WHO, value: myself}\nservices:\n- name: web\n  image: r/web:1\n" +
         more;
}

/// What a plan is made from, as if the machine had been asked.
inline MeshInputs inputs_of(const std::string& mesh_yaml,
                            const std::vector<image::Facts>& images = {image_of_ours()}) {
  MeshInputs inputs;
  inputs.mesh = std::get<manifest::Mesh>(manifest_of("mesh.yaml", mesh_yaml));
  for (const manifest::MeshService& service : inputs.mesh.services) {
    inputs.facts.images.emplace_back(std::nullopt);
    for (const image::Facts& facts : images)
      if (facts.image == service.image.text) inputs.facts.images.back() = facts;
    if (service.name)
      inputs.tokens["demo/" + service.name->text] = "token-of-" + service.name->text;
  }
  inputs.facts.unknown_because = "nobody has it";
  inputs.cas = {"cas.example", "cas.example", "CASKEY", std::string(64, 'e')};
  inputs.creator_key_hash = "CREATOR";
  inputs.session_signing_key = "-----BEGIN PUBLIC KEY-----\nkey\n-----END PUBLIC KEY-----\n";
  return inputs;
}

}  // namespace sconectl::action
