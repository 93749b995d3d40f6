#include "tree.hpp"

#include <fmt/core.h>

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::session {
namespace {

using yaml::Node;

Node entry_node(const AccessEntry& entry, Style style);

struct EntryNode {
  Style style;
  Node operator()(Keyword keyword) const { return text::word(keyword); }
  Node operator()(const CertificateEntry& entry) const {
    return certificate_node(entry.pem, style);
  }
  Node operator()(const KeyHashEntry& entry) const { return entry.text; }
  Node operator()(const CertificateHashEntry& entry) const { return entry.hex; }
  Node operator()(const Placeholder& placeholder) const { return placeholder.text(); }
  Node operator()(const SignerEntry& entry) const {
    return Node::mapping({{"signer", setting_node(entry.key)}});
  }
  Node operator()(const Require& require) const {
    Node members = Node::sequence();
    for (const AccessEntry& member : require.members) members.push(entry_node(member, style));
    return Node::mapping(
        {{require.at_least ? fmt::format("require-at-least-{}", *require.at_least) : "require-all",
          std::move(members)}});
  }
};

Node entry_node(const AccessEntry& entry, Style style) {
  return std::visit(EntryNode{style}, entry.rule);
}

Node flag_node(const Setting<bool>& flag) {
  return setting_node<bool>(flag, [](bool value) { return Node::boolean(value); });
}

bool is_false(const Setting<bool>& flag) {
  return is<bool>(flag, false);
}

Node attestation_node(const SecurityAttestation& attestation, Style style) {
  Node node = Node::mapping();
  node.set("mode", setting_node<AttestationMode>(attestation.mode,
                                                 [](auto mode) { return Node(text::word(mode)); }));
  if (!attestation.tolerate.empty()) {
    Node list = Node::sequence();
    for (const auto& item : attestation.tolerate)
      list.push(setting_node<Tolerance>(
          item, [](auto tolerance) { return Node(text::word(tolerance)); }));
    node.set("tolerate", std::move(list));
  }
  const auto texts = [&](const char* key, const std::vector<std::string>& list) {
    if (!list.empty()) node.set(key, Node::texts(list));
  };
  texts("ignore_advisories", attestation.ignore_advisories);
  texts("trusted_scone_qe_pubkeys", attestation.trusted_scone_qe_pubkeys);
  if (attestation.one_time_password_shared_secret)
    node.set("one_time_password_shared_secret", *attestation.one_time_password_shared_secret);
  if (!is_false(attestation.must_be_sgx_local))
    node.set("must_be_sgx_local", flag_node(attestation.must_be_sgx_local));
  if (attestation.url) node.set("url", *attestation.url);
  if (attestation.certificates) {
    Node list = Node::sequence();
    for (const std::string& pem : *attestation.certificates)
      list.push(certificate_node(pem, style));
    node.set("certificates", std::move(list));
  }
  if (attestation.min_rsa_signing_key_size)
    node.set("min_rsa_signing_key_size", Node::number(*attestation.min_rsa_signing_key_size));
  if (!attestation.min_tcb.empty()) node.set("min_tcb", tree(attestation.min_tcb, style));
  if (attestation.require_crl) node.set("require_crl", flag_node(*attestation.require_crl));
  return node;
}

Node creator_node(const Creator& creator, Style style) {
  // On one line: scripts blank it with 'sed' before they upload what they read (SL-337).
  if (creator.signer) return Node::mapping({{"signer", creator.text}}).on_one_line();
  return certificate_node(creator.text, style).on_one_line();
}

template <typename T, typename Write>
void set_list(Node& session, const char* key, const std::vector<T>& list, Write write) {
  if (list.empty()) return;
  Node items = Node::sequence();
  for (const T& item : list) items.push(write(item));
  session.set(key, std::move(items));
}

Node store_node(const AkvStore& store) {
  Node akv = Node::mapping({{"token", store.token}, {"vault", store.vault}});
  return Node::mapping({{"store_in", std::move(akv.tagged("!akv"))}});
}

}  // namespace

Node certificate_node(const std::string& pem, Style style) {
  if (style == Style::readable) return pem;
  try {
    std::string der;
    for (const auto& certificate : crypto::certificates_from_pem(pem)) der += certificate.der();
    if (!der.empty()) return crypto::base64(der);
  } catch (const diag::Error&) {  // not a certificate: a session that check() refuses
  }
  return pem;
}

Node tree(const AccessEntries& entries, Style style) {
  Node list = Node::sequence();
  for (const AccessEntry& entry : entries) list.push(entry_node(entry, style));
  return list;
}

Node tree(const AccessPolicy& policy, Style style) {
  Node node = Node::mapping();
  node.set("read", tree(policy.read, style));
  node.set("update", tree(policy.update, style));
  if (policy.create_sessions) node.set("create_sessions", tree(*policy.create_sessions, style));
  if (policy.list_sessions) node.set("list_sessions", tree(*policy.list_sessions, style));
  return node;
}

Node tree(const Security& security, Style style) {
  Node node = Node::mapping();
  if (!is<SecurityAttestation>(security.attestation, {}))
    node.set("attestation", setting_node<SecurityAttestation>(
                                security.attestation, [&](const SecurityAttestation& attestation) {
                                  return attestation_node(attestation, style);
                                }));
  if (!is_false(security.singleton_enclaves))
    node.set("singleton_enclaves", flag_node(security.singleton_enclaves));
  if (security.service_access_token)
    node.set("service_access_token", *security.service_access_token);
  return node;
}

Node tree(const Session& session, Style style) {
  Node node = Node::mapping();
  const auto text = [&](const char* key, const std::optional<std::string>& value) {
    if (value) node.set(key, *value);
  };
  if (!session.version.empty()) node.set("version", session.version);
  node.set("name", session.name);
  text("namespace_hash", session.namespace_hash);
  text("predecessor", session.predecessor);
  if (!session.predecessor && style == Style::readable)
    node.set("predecessor", Node::verbatim("null"));
  text("salt", session.salt);
  set_list(node, "services", session.services, [](const Service& item) { return tree(item); });
  set_list(node, "secrets", session.secrets, [&](const Secret& item) { return tree(item, style); });
  if (session.secret_store) node.set("secret_config", store_node(*session.secret_store));
  set_list(node, "volumes", session.volumes, [](const Volume& item) { return tree(item); });
  set_list(node, "images", session.images, [](const Image& item) { return tree(item); });
  node.set("access_policy",
           setting_node<AccessPolicy>(session.access_policy,
                                      [&](const auto& policy) { return tree(policy, style); }));
  if (!is<Security>(session.security, {}))
    node.set("security", setting_node<Security>(session.security, [&](const auto& security) {
               return tree(security, style);
             }));
  if (session.creator) node.set("creator", creator_node(*session.creator, style));
  return node;
}

}  // namespace sconectl::session
