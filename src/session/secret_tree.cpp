#include "tree.hpp"

namespace sconectl::session {
namespace {

using yaml::Node;

void set_cas(Node& node, const std::optional<RemoteCas>& cas) {
  if (!cas) return;
  node.set("cas_url", cas->url);
  node.set(cas->software_key ? "cas_software_key" : "cas_key", cas->key);
}

Node import_node(const SecretImport& import) {
  Node node = Node::mapping();
  node.set("session", import.session);
  node.set("secret", import.secret);
  if (import.session_hash) node.set("session_hash", *import.session_hash);
  set_cas(node, import.cas);
  return node;
}

Node akv_node(const AkvImport& import) {
  Node node = Node::mapping({{"vault", import.vault}});
  if (import.secret_name) node.set("secret_name", *import.secret_name);
  if (import.token) node.set("token", import.token->text());
  if (import.decryption_key) node.set("decryption_key", import.decryption_key->text());
  return node;
}

Node export_node(const ExportTarget& target) {
  Node node = Node::mapping({{target.whole_namespace ? "namespace" : "session", target.session}});
  if (target.session_hash) node.set("session_hash", *target.session_hash);
  set_cas(node, target.cas);
  return node;
}

/// Adds the parameters of a kind to the secret's mapping.
struct Parameters {
  Node& node;
  Style style;

  void text(const char* key, const std::optional<std::string>& value) const {
    if (value) node.set(key, *value);
  }
  void texts(const char* key, const std::vector<std::string>& list) const {
    if (!list.empty()) node.set(key, Node::texts(list));
  }

  void operator()(const Ascii& body) const {
    text("value", body.value);
    if (!body.value) node.set("size", Node::number(body.size));
  }
  void operator()(const Binary& body) const {
    text("value", body.value);
    if (!body.value) node.set("size", Node::number(body.size));
  }
  void operator()(const PrivateKey& body) const {
    text("value", body.value);
    if (body.key_type) node.set("key_type", crypto::key_type_name(*body.key_type));
    if (body.migrate) node.set("migrate", Node::boolean(true));
  }
  void operator()(const PublicKey& body) const {
    text("value", body.value);
    text("private_key", body.private_key);
  }
  void operator()(const X509& body) const {
    if (body.value) node.set("value", certificate_node(*body.value, style));
    text("private_key", body.private_key);
    text("issuer", body.issuer);
    text("common_name", body.common_name);
    if (body.endpoint) node.set("endpoint", text::word(*body.endpoint));
    texts("dns", body.dns);
    texts("san", body.san);
    text("valid_for", body.valid_for);
  }
  void operator()(const AadToken& body) const {
    node.set("tenant_id", body.tenant_id);
    node.set("client_id", body.client_id);
    text("application_secret", body.application_secret);
    text("private_key", body.private_key);
    text("certificate_thumbprint", body.certificate_thumbprint);
  }
  void operator()(const ConfigFragment& body) const { node.set("value", Node::from(body.value)); }
  void operator()(const PgpKey&) const {}
  void operator()(const SessionCa&) const {}
  void operator()(const Jwt& body) const {
    node.set("signer", body.signer);
    node.set("alg", "ES384");
    node.set("validity", Node::mapping({{"for", body.valid_for}}));
    if (body.payload.empty()) return;
    Node payload = Node::mapping();
    for (const auto& [key, value] : body.payload) payload.set(key, value);
    node.set("payload", std::move(payload));
  }
  void operator()(const SecretImport& body) const { node.set("import", import_node(body)); }
  void operator()(const AkvImport& body) const { node.set("import_akv", akv_node(body)); }
};

}  // namespace

Node tree(const Secret& secret, Style style) {
  Node node = Node::mapping({{"name", secret.name}});
  if (const auto kind = secret.kind()) node.set("kind", text::word(*kind));
  std::visit(Parameters{node, style}, secret.body);
  if (!secret.exports.empty()) {
    Node exports = Node::sequence();
    for (const ExportTarget& target : secret.exports) exports.push(export_node(target));
    node.set("export", std::move(exports));
  }
  if (secret.export_public) node.set("export_public", Node::boolean(true));
  return node;
}

}  // namespace sconectl::session
