// Services, volumes and images as nodes.
#include <fmt/core.h>

#include "tree.hpp"

namespace sconectl::session {
namespace {

using yaml::Node;

Node number_node(const Number& number) {
  return setting_node<std::uint32_t>(number,
                                     [](std::uint32_t value) { return Node::number(value); });
}

Node signer_node(const EnclaveSigner& signer) {
  Node node = Node::mapping({{"mrsigner", signer.mrsigner}});
  node.set("isvprodid", number_node(signer.isvprodid));
  const auto number = [&](const char* key, const std::optional<Number>& value) {
    if (value) node.set(key, number_node(*value));
  };
  number("isvsvn", signer.isvsvn);
  number("isvsvn_min", signer.isvsvn_min);
  number("isvsvn_max", signer.isvsvn_max);
  return node;
}

Node measurements_node(const std::vector<Setting<std::string>>& list) {
  Node node = Node::sequence();
  for (const auto& item : list) node.push(setting_node(item));
  return node;
}

Node variant_node(const AttestationVariant& variant) {
  Node node = Node::mapping();
  if (!variant.mrenclave.empty()) node.set("mrenclave", measurements_node(variant.mrenclave));
  if (variant.signer) node.set("signer", setting_node<EnclaveSigner>(*variant.signer, signer_node));
  if (variant.tdx)
    node.set("tdx",
             setting_node<TdxVariant>(*variant.tdx, [](const auto& it) { return tree(it); }));
  if (variant.snp)
    node.set("snp",
             setting_node<SnpVariant>(*variant.snp, [](const auto& it) { return tree(it); }));
  return node;
}

Node command_node(const Command& command) {
  if (const auto* text = std::get_if<std::string>(&command)) return *text;
  return Node::texts(std::get<std::vector<std::string>>(command));
}

void set_fspf(Node& node, const Fspf& fspf) {
  node.set("fspf_path", fspf.path);
  node.set("fspf_key", setting_node(fspf.key));
  if (fspf.tag) node.set("fspf_tag", *fspf.tag);
  if (fspf.update_policy != FspfUpdatePolicy::rollback_protected_reinitializable)
    node.set("fspf_update_policy", text::word(fspf.update_policy));
}

Node export_node(const VolumeExport& target) {
  Node session = Node::mapping({{"session", target.session}});
  if (target.session_hash) session.set("session_hash", *target.session_hash);
  if (!target.update_policy && !target.volume_alias) return session;
  Node node = Node::mapping({{"to", std::move(session)}});
  if (target.update_policy) node.set("update_policy", text::word(*target.update_policy));
  if (target.volume_alias) node.set("volume_alias", *target.volume_alias);
  return node;
}

Node import_node(const VolumeImport& import) {
  Node node = Node::mapping({{"session", import.session}, {"volume", import.volume}});
  if (import.session_hash) node.set("session_hash", *import.session_hash);
  return node;
}

Node file_node(const InjectionFile& file) {
  Node node = Node::mapping({{"path", file.path}});
  if (file.content) node.set("content", *file.content);
  node.set("permission", Node::verbatim(fmt::format("0o{:o}", file.permission)));
  return node;
}

}  // namespace

Node attestation_tree(const Service& service) {
  Node list = Node::sequence();
  for (const auto& item : service.attestation)
    list.push(setting_node<AttestationVariant>(item, variant_node));
  return list;
}

Node tree(const Service& service) {
  Node node = Node::mapping({{"name", service.name}});
  if (service.image_name) node.set("image_name", *service.image_name);
  if (service.command) node.set("command", command_node(*service.command));
  node.set("pwd", service.pwd);
  if (!service.environment.empty()) {
    Node environment = Node::mapping();
    for (const auto& [name, value] : service.environment) environment.set(name, value);
    node.set("environment", std::move(environment));
  }
  if (service.fspf) set_fspf(node, *service.fspf);
  if (!service.attestation.empty()) node.set("attestation", attestation_tree(service));
  if (!service.mrenclaves.empty()) node.set("mrenclaves", measurements_node(service.mrenclaves));
  if (!service.platforms.empty()) node.set("platforms", Node::texts(service.platforms));
  if (service.one_time_password_shared_secret)
    node.set("one_time_password_shared_secret", *service.one_time_password_shared_secret);
  return node;
}

Node tree(const Volume& volume) {
  Node node = Node::mapping({{"name", volume.name}});
  if (volume.fspf_key) node.set("fspf_key", setting_node(*volume.fspf_key));
  if (volume.fspf_tag) node.set("fspf_tag", *volume.fspf_tag);
  if (volume.files) node.set("files", text::word(*volume.files));
  if (!volume.exports.empty()) {
    Node exports = Node::sequence();
    for (const VolumeExport& target : volume.exports) exports.push(export_node(target));
    node.set("export", std::move(exports));
  }
  if (volume.import) node.set("import", import_node(*volume.import));
  return node;
}

Node tree(const Image& image) {
  Node node = Node::mapping({{"name", image.name}});
  if (!image.volumes.empty()) {
    Node volumes = Node::sequence();
    for (const ImageVolume& volume : image.volumes) {
      Node item = Node::mapping({{"name", volume.name}, {"path", volume.path}});
      if (volume.update_policy != UpdatePolicy::rollback_protected)
        item.set("update_policy", text::word(volume.update_policy));
      volumes.push(std::move(item));
    }
    node.set("volumes", std::move(volumes));
  }
  if (!image.injection_files.empty()) {
    Node files = Node::sequence();
    for (const InjectionFile& file : image.injection_files) files.push(file_node(file));
    node.set("injection_files", std::move(files));
  }
  if (image.provide_secrets) node.set("provide_secrets", Node::texts(*image.provide_secrets));
  return node;
}

}  // namespace sconectl::session
