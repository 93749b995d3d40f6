#include "image/policy_texts.hpp"

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/yaml/map_reader.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::image {
namespace {

bool empty(const std::string& text) {
  diag::Diagnostics out;
  const auto documents = yaml::parse_documents("", text, out);
  return !out.has_errors() && (documents.empty() || documents.front().is_null());
}

/// Every value as text except numbers and booleans: a value that came out of a variable can not
/// become YAML structure.
yaml::Node secret_node(const manifest::Secret& secret) {
  yaml::Node node;
  node.set("name", secret.name);
  node.set("kind", text::word(secret.kind));
  const auto set = [&](const char* key, const std::optional<manifest::Text>& text) {
    if (text) node.set(key, text->text);
  };
  if (secret.size) node.set("size", yaml::Node::verbatim(secret.size->text));
  set("value", secret.value);
  set("private_key", secret.private_key);
  set("common_name", secret.common_name);
  set("issuer", secret.issuer);
  if (!secret.dns.empty()) {
    std::vector<std::string> names;
    for (const manifest::Text& name : secret.dns) names.push_back(name.text);
    node.set("dns", yaml::Node::texts(names));
  }
  set("endpoint", secret.endpoint);
  set("valid_for", secret.valid_for);
  set("key_type", secret.key_type);
  if (secret.export_public)
    node.set("export_public", yaml::Node::verbatim(secret.export_public->text));
  if (secret.migrate) node.set("migrate", yaml::Node::verbatim(secret.migrate->text));
  set("tenant_id", secret.tenant_id);
  set("client_id", secret.client_id);
  set("application_secret", secret.application_secret);
  return node;
}

}  // namespace

std::string secrets_text(const std::vector<manifest::Secret>& secrets) {
  if (secrets.empty()) return "";
  yaml::Node list = yaml::Node::sequence();
  for (const manifest::Secret& secret : secrets) list.push(secret_node(secret));
  return yaml::write(list);
}

std::string env_text(const text::Environment& defaults) {
  if (defaults.empty()) return "";
  yaml::Node list = yaml::Node::sequence();
  for (const text::Variable& variable : defaults)
    list.push(yaml::Node().set("name", variable.name).set("value", variable.value));
  return yaml::write(list);
}

std::string binaries_text(const std::vector<std::string>& binaries) {
  return yaml::write(yaml::Node().set("binaries", yaml::Node::texts(binaries)));
}

text::Environment parse_env(const std::string& source, const std::string& text) {
  text::Environment result;
  if (empty(text)) return result;
  diag::Diagnostics out;
  const yaml::Value document = yaml::parse_document(source, text);
  if (!document.is_sequence())
    out.error(document.location(), "must be a list of '- name: … / value: …'");
  for (const yaml::Value& item : document.items()) {
    yaml::MapReader reader(item, "", "list of variables", out);
    text::Variable variable;
    variable.name = reader.required_text("name");
    variable.value = reader.text("value").value_or("");
    if (!variable.name.empty() && variable.name.back() == ':') variable.name.pop_back();
    reader.finish();
    result.push_back(std::move(variable));
  }
  out.throw_if_errors();
  return result;
}

std::vector<std::string> parse_binaries(const std::string& source, const std::string& text) {
  if (empty(text)) return {};
  diag::Diagnostics out;
  yaml::MapReader reader(yaml::parse_document(source, text), "", "list of binaries", out);
  auto result = reader.texts("binaries");
  out.throw_if_errors();
  return result;
}

}  // namespace sconectl::image
