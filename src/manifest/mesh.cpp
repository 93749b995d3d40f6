#include "sconectl/manifest/mesh.hpp"

#include <fmt/core.h>

#include <map>
#include <set>

#include "manifest/kinds.hpp"
#include "manifest/read.hpp"
#include "sconectl/diag/suggest.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::manifest {
namespace {

constexpr const char* mesh_manifest = "mesh manifest";

UploadMode upload_mode(yaml::MapReader& reader, diag::Location& at) {
  const auto result = reader.word<UploadMode>("mode");
  if (const yaml::Value* mode = reader.value().find("mode"); mode != nullptr && !mode->is_null())
    at = mode->location();
  return result.value_or(UploadMode::upload);
}

/// Sessions are encrypted to it (RA-045). A variable that is not known was complained about.
void check_encryption_key(const std::optional<Text>& key, const std::string& path,
                          diag::Diagnostics& out) {
  if (!key || key->text.empty() || key->text.starts_with('$') || text::is_hex(key->text, 64))
    return;
  out.error(key->at,
            fmt::format("'{}' is not the encryption key of a CAS, which has 64 hex digits: "
                        ""
                        "'sconectl cas show-identification --session-encryption-key' prints it",
                        path));
}

void parse_cas(yaml::MapReader& root, Mesh& mesh) {
  if (root.require("cas") == nullptr) return;
  std::map<std::string, int> lines;
  const auto& items = root.list("cas");
  if (items.empty() && root.value().find("cas")->is_sequence())
    root.error(*root.value().find("cas"), "'cas' must name at least one CAS");
  for (std::size_t i = 0; i < items.size(); ++i) {
    yaml::MapReader reader(items[i], root.item_path("cas", i), mesh_manifest, root.out());
    Cas cas;
    cas.at = items[i].location();
    cas.name = required_text(reader, "name");
    cas.aliases = texts(reader, "alias");
    cas.cas_url = optional_text(reader, "cas_url").value_or(Text{"", cas.at});
    cas.service_address = optional_text(reader, "service_address");
    cas.cas_key = optional_text(reader, "cas_key");
    cas.cas_encryption_key = optional_text(reader, "cas_encryption_key");
    cas.tolerance = optional_text(reader, "tolerance");
    cas.mode = upload_mode(reader, cas.mode_at);
    check_word(cas.cas_url, reader.path("cas_url"), root.out());
    check_word(cas.service_address, reader.path("service_address"), root.out());
    check_word(cas.cas_key, reader.path("cas_key"), root.out());
    check_word(cas.cas_encryption_key, reader.path("cas_encryption_key"), root.out());
    check_encryption_key(cas.cas_encryption_key, reader.path("cas_encryption_key"), root.out());
    reader.finish();
    const auto [first, fresh] = lines.emplace(cas.name.text, cas.name.at.line);
    if (!fresh && !cas.name.text.empty())
      root.out().error(cas.name.at, fmt::format("CAS '{}' is defined twice, first on line {}",
                                                cas.name.text, first->second));
    mesh.cas.push_back(std::move(cas));
  }
}

/// A word that is not understood would silently tolerate less than the user wrote (SL-298).
std::vector<session::Tolerance> tolerated(yaml::MapReader& reader) {
  std::vector<session::Tolerance> result;
  for (const Text& word : words(reader, "tolerate")) {
    if (const auto known = text::from_word<session::Tolerance>(word.text))
      result.push_back(*known);
    else
      reader.out().error(
          word.at,
          fmt::format("'{}': '{}' is nothing that can be tolerated{}", reader.path("tolerate"),
                      word.text,
                      diag::did_you_mean(word.text, text::all_words<session::Tolerance>())));
  }
  return result;
}

Policy parse_policy(const yaml::Value& value, diag::Diagnostics& out) {
  Policy policy;
  policy.at = value.location();
  yaml::MapReader reader(value, "policy", mesh_manifest, out);
  policy.name_space = required_text(reader, "namespace");
  policy.tolerate = tolerated(reader);
  policy.ignore_advisories = words(reader, "ignore_advisories");
  policy.access_policy_name = optional_text(reader, "access_policy_name");
  policy.attestation_policy_name = optional_text(reader, "attestation_policy_name");
  policy.security_policy_name = optional_text(reader, "security_policy_name");
  policy.image_policy_namespace = optional_text(reader, "image_policy_namespace");
  policy.maa = optional_text(reader, "maa");
  policy.requires_attestation = required_attestation(reader);
  reader.finish();
  return policy;
}

/// Two forms, which may be mixed: `- service: X / env: [...]`, and the flat `- name: X / value: Y`,
/// which means the service "global". Order matters: the later definition wins.
void parse_env(yaml::MapReader& root, Mesh& mesh) {
  const auto& items = root.list("env");
  bool flat_before = false;
  for (std::size_t i = 0; i < items.size(); ++i) {
    yaml::MapReader reader(items[i], root.item_path("env", i), mesh_manifest, root.out());
    if (!reader.value().is_mapping()) continue;
    const bool flat = items[i].find("service") == nullptr && items[i].find("env") == nullptr;
    if (flat) {
      if (!flat_before) mesh.env.push_back({{"global", items[i].location()}, {}});
      mesh.env.back().variables.push_back(variable(reader));
    } else {
      mesh.env.push_back({required_text(reader, "service"), {}});
      mesh.env.back().variables = variables(reader, "env");
    }
    flat_before = flat;
    reader.finish();
  }
}

void parse_services(yaml::MapReader& root, Mesh& mesh) {
  if (root.require("services") == nullptr) return;
  std::map<std::string, int> lines;
  const auto& items = root.list("services");
  if (items.empty() && root.value().find("services")->is_sequence())
    root.error(*root.value().find("services"), "'services' must name at least one service");
  for (std::size_t i = 0; i < items.size(); ++i) {
    yaml::MapReader reader(items[i], root.item_path("services", i), mesh_manifest, root.out());
    MeshService service;
    service.at = items[i].location();
    service.name = optional_text(reader, "name");
    service.image = required_text(reader, "image");
    check_reference(service.image, reader.path("image"), root.out());
    service.env = optional_text(reader, "env");
    service.helm_chart = optional_text(reader, "helm_chart");
    service.image_policy = optional_text(reader, "image_policy");
    service.image_secrets = optional_text(reader, "image_secrets");
    if (const yaml::Value* extra = reader.find("helm_extra_values")) {
      reader.entries("helm_extra_values");
      service.helm_extra_values = *extra;
    }
    reader.finish();
    if (service.name) {
      const auto [first, fresh] = lines.emplace(service.name->text, service.name->at.line);
      if (!fresh)
        root.out().error(service.name->at,
                         fmt::format("service '{}' is defined twice, first on line {}",
                                     service.name->text, first->second));
    }
    mesh.services.push_back(std::move(service));
  }
}

/// A section for a service that does not exist would silently do nothing.
void check_env_services(const Mesh& mesh, diag::Diagnostics& out) {
  std::vector<std::string> names = {"global", "helm"};
  for (const MeshService& service : mesh.services) {
    if (!service.name) return;  // the image decides: any name may be right
    names.push_back(service.name->text);
  }
  const std::set<std::string> known(names.begin(), names.end());
  for (const EnvSection& section : mesh.env)
    if (!section.service.text.empty() && !known.contains(section.service.text))
      out.error(section.service.at,
                fmt::format("there is no service '{}': variables can be set for 'global', 'helm' "
                            "and the names in 'services'{}",
                            section.service.text, diag::did_you_mean(section.service.text, names)));
}

void parse_extra_policies(yaml::MapReader& root, Mesh& mesh) {
  const auto& items = root.list("extra_policies");
  for (std::size_t i = 0; i < items.size(); ++i) {
    yaml::MapReader reader(items[i], root.item_path("extra_policies", i), mesh_manifest,
                           root.out());
    ExtraPolicy policy;
    policy.name = required_text(reader, "name");
    policy.mode = optional_text(reader, "mode");
    reader.finish();
    mesh.extra_policies.push_back(std::move(policy));
  }
}

void parse_repo(yaml::MapReader& root, Mesh& mesh) {
  const yaml::Value* found = root.find("repo");
  if (found == nullptr) return;
  yaml::MapReader reader(*found, "repo", mesh_manifest, root.out());
  Repo repo;
  repo.destination = required_text(reader, "destination");
  repo.config_id = optional_text(reader, "config_id");
  repo.key_file = optional_text(reader, "key_file");
  repo.push = reader.boolean("push");
  repo.squash = reader.boolean("squash");
  repo.strip = reader.boolean("strip");
  reader.finish();
  mesh.repo = std::move(repo);
}

}  // namespace

const Cas* Mesh::role(std::string_view name) const {
  for (const Cas& candidate : cas)
    if (candidate.name.text == name) return &candidate;
  for (const Cas& candidate : cas)
    for (const Text& alias : candidate.aliases)
      if (alias.text == name) return &candidate;
  return nullptr;
}

Mesh parse_mesh(const yaml::Value& document, diag::Diagnostics& out) {
  Mesh mesh;
  yaml::MapReader root(document, "", mesh_manifest, out);
  mesh.at = document.location();
  for (const auto key : {"apiVersion", "kind"}) root.ignore(key);
  parse_cas(root, mesh);
  if (const yaml::Value* policy = root.require("policy")) mesh.policy = parse_policy(*policy, out);
  parse_env(root, mesh);
  parse_services(root, mesh);
  check_env_services(mesh, out);
  parse_extra_policies(root, mesh);
  mesh.helm = texts(root, "helm");
  if (const yaml::Value* extra = root.find("helm_extra_values")) {
    root.entries("helm_extra_values");
    mesh.helm_extra_values = *extra;
  }
  parse_repo(root, mesh);
  root.finish();
  return mesh;
}

}  // namespace sconectl::manifest
