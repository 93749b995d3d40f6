#include "mesh/variables.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "sconectl/manifest/open_placeholder.hpp"
#include "sconectl/mesh/names.hpp"
#include "sconectl/yaml/map_reader.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::mesh {
namespace {

constexpr std::string_view global_section = "global";
constexpr std::string_view helm_section = "helm";

void set_section(render::Variables& variables, const Sections& all, std::string_view section) {
  const auto found = all.find(section);
  if (found == all.end()) return;
  for (const auto& [name, value] : found->second) variables.set(name, value);
}

void set_image_defaults(ServiceInstance& service, const Options& options, diag::Diagnostics& out) {
  if (const auto& file = service.given->env) {
    for (const auto& variable : parse_env_list(file->text, options.files.at(file->text), out))
      if (variable.fallback) service.variables.set(variable.name, *variable.fallback);
    return;
  }
  for (const text::Variable& variable : service.facts.defaults)
    service.variables.set(variable.name, variable.value);
}

std::string policy_name(const std::optional<manifest::Text>& given, const char* otherwise) {
  return given ? given->text : otherwise;
}

/// `cas.<role>.cas_url` and `.cas_key` for the roles that a mesh may give (docs/mesh.md).
void set_cas(render::Variables& variables, const Application& application) {
  static constexpr std::array<std::string_view, 5> roles = {"cas", "image", "security", "access",
                                                            "attestation"};
  for (const std::string_view role : roles) {
    const manifest::Cas* cas = application.mesh->role(role);
    if (cas == nullptr) continue;
    const bool first = cas == application.mesh->role("cas");
    variables.set(fmt::format("cas.{}.cas_url", role),
                  first ? application.cas_address : cas->cas_url.text);
    const std::string key = cas->cas_key ? cas->cas_key->text : "";
    variables.set(fmt::format("cas.{}.cas_key", role), first ? application.cas_key : key);
  }
}

void set_built_in(ServiceInstance& service, const Application& application,
                  const Options& options) {
  render::Variables& v = service.variables;
  const manifest::Policy& policy = application.mesh->policy;
  set_cas(v, application);
  v.set("namespace", application.name_space);
  v.set("session", service.session);
  v.set("service_name", application.release.empty()
                            ? ""
                            : object_name(application.release, service.kubernetes_name));
  v.set("image_name", service.image);
  v.set("session_secrets", application.secrets_session());
  v.set("access_policy_name", policy_name(policy.access_policy_name, "security/policies/access"));
  v.set("security_policy_name",
        policy_name(policy.security_policy_name, "security/policies/security"));
  v.set("attestation_policy_name",
        policy_name(policy.attestation_policy_name, "security/policies/attestation"));
  std::string image_policy = service.image;
  for (char& c : image_policy)
    if (std::string_view("/:-.@").find(c) != std::string_view::npos) c = '_';
  const std::string image_space =
      policy.image_policy_namespace ? policy.image_policy_namespace->text : application.name_space;
  const std::string suffix = options.mode ? fmt::format("_{}", text::word(*options.mode)) : "";
  v.set("image_policy_name", image_space + "/" + image_policy + suffix);
  v.set("cas_service_name", service.session_service);
  v.set("command", service.session_service);
  v.set("CREATOR", options.creator_key_hash);
  v.set("SIGNER", options.session_signing_key);
  for (const char* name : {"SESSION_CREATOR", "session_creator"})
    v.set_yaml(name, "{signer: " + yaml::double_quoted(options.session_signing_key) + "}");
  v.set("predecessor_key", "predecessor");
  v.set("predecessor", "~");
  const auto random = options.tokens.find(service.session);
  v.set("RANDOM", random == options.tokens.end() ? "" : random->second.substr(0, 20));
}

class PlaceholderFiller {
 public:
  PlaceholderFiller(ServiceInstance& service, diag::Diagnostics& out)
      : service_(service), out_(out) {}

  std::string fill(const std::string& text, const std::string& what) {
    if (text.find("{{") == std::string::npos) return text;
    diag::Diagnostics syntax;
    render::check_expressions(text, render::Dialect::handlebars, service_.at(), syntax);
    for (const diag::Diagnostic& fault : syntax.all())
      out_.error(service_.at(),
                 fmt::format("service '{}': {}: {}", service_.name, what, fault.text));
    if (syntax.has_errors()) return text;
    diag::Diagnostics faults;
    std::string result = render::render(text, service_.variables, render::Dialect::handlebars,
                                        service_.at(), faults);
    for (const diag::Diagnostic& fault : faults.all()) {
      out_.error(service_.at(),
                 fmt::format("service '{}': {}: {}; give it a value in 'env' of the mesh",
                             service_.name, what, fault.text));
    }
    return result;
  }

 private:
  ServiceInstance& service_;
  diag::Diagnostics& out_;
};

/// What a service declares under `local` is its own: its command and its secrets rely on it.
void refuse_overriding(const ServiceInstance& service, const manifest::Mesh& mesh,
                       diag::Diagnostics& out) {
  for (const manifest::EnvSection& section : mesh.env) {
    if (section.service.text != service.name) continue;
    for (const manifest::Variable& variable : section.variables) {
      if (!variable.value) continue;
      const auto declared =
          std::find_if(service.facts.local.begin(), service.facts.local.end(),
                       [&](const text::Variable& local) { return local.name == variable.name; });
      if (declared == service.facts.local.end() || declared->value == *variable.value) continue;
      out.error(variable.at,
                fmt::format("'{0}' is given a value here, and service '{1}' ({2}) declares it "
                            "under 'environment.local' of the manifest of its image '{3}', which "
                            "a mesh can not change; declare it under 'environment.global' there, "
                            "or remove it here",
                            variable.name, service.name, service.at().text(), service.image));
    }
  }
}

}  // namespace

Sections sections(const manifest::Mesh& mesh) {
  Sections result;
  for (const manifest::EnvSection& section : mesh.env) {
    SectionValues& values = result[section.service.text];
    for (const manifest::Variable& variable : section.variables)
      if (variable.value) values.insert_or_assign(variable.name, *variable.value);
  }
  return result;
}

void set_variables(ServiceInstance& service, const Sections& sections,
                   const Application& application, const Options& options, diag::Diagnostics& out) {
  set_image_defaults(service, options, out);
  set_section(service.variables, sections, global_section);
  set_section(service.variables, sections, helm_section);
  set_section(service.variables, sections, service.name);
  set_built_in(service, application, options);
}

void set_configuration(ServiceInstance& service, const manifest::Mesh& mesh,
                       diag::Diagnostics& out) {
  refuse_overriding(service, mesh, out);
  PlaceholderFiller filler(service, out);
  service.command = filler.fill(service.facts.command, "its command");
  for (const text::Variable& variable : service.facts.local) {
    service.environment.push_back(
        {variable.name, manifest::closed_placeholder(filler.fill(
                            variable.value, fmt::format("variable '{}'", variable.name)))});
  }
  for (const image::MeshVariable& variable : service.facts.global) {
    const std::string* value = service.variables.find(variable.name);
    if (value == nullptr) {
      out.error(
          service.at(),
          fmt::format("service '{0}' needs a value for its global variable '{1}': add '- name: "
                      "{1}' with a 'value' to section 'global' (or '{0}') of 'env' in the mesh",
                      service.name, variable.name));
      continue;
    }
    service.environment.push_back(
        {variable.name, manifest::closed_placeholder(
                            filler.fill(*value, fmt::format("variable '{}'", variable.name)))});
  }
  for (const image::InjectedFile& file : service.facts.injection_files) {
    service.files.push_back(
        {file.path, filler.fill(file.content, fmt::format("injected file '{}'", file.path)),
         file.permission});
  }
}

std::vector<image::MeshVariable> parse_env_list(const std::string& name, const std::string& text,
                                                diag::Diagnostics& out) {
  std::vector<image::MeshVariable> result;
  const auto documents = yaml::parse_documents(name, text, out);
  if (documents.empty()) return result;
  for (const yaml::Value& item : documents.front().items()) {
    yaml::MapReader map(item, "env", "list of variables", out);
    result.push_back({map.required_text("name"), map.text("value")});
    map.finish();
  }
  return result;
}

}  // namespace sconectl::mesh
