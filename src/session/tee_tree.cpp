// What tee/1 adds, as nodes (XA-020): scalars as lists of one, defaults left out.
#include <fmt/core.h>

#include <algorithm>

#include "tree.hpp"

namespace sconectl::session {
namespace {

using yaml::Node;

Node pins_node(const Pins& pins) {
  if (pins.any) return Node("any");
  Node list = Node::sequence();
  for (const auto& value : pins.values) list.push(setting_node(value));
  return list;
}

template <typename Variant, std::size_t size>
Node fields_node(const Variant& variant, const std::array<PinField<Variant>, size>& fields) {
  Node node = Node::mapping();
  for (const auto& field : fields) {
    const Pins& pins = variant.*field.pins;
    if (pins.given()) node.set(std::string(field.key), pins_node(pins));
  }
  return node;
}

Node minimum_node(const MinTcb& minimum) {
  Node node = Node::mapping({{"cpu", text::word(minimum.cpu)}});
  if (has_fmc(minimum.cpu)) node.set("fmc", Node::number(minimum.fmc));
  node.set("bootloader", Node::number(minimum.bootloader));
  node.set("tee", Node::number(minimum.tee));
  node.set("snp", Node::number(minimum.snp));
  node.set("microcode", Node::number(minimum.microcode));
  if (minimum.firmware) {
    const auto& [major_part, minor_part, build] = *minimum.firmware;
    node.set("firmware", fmt::format("{}.{}.{}", major_part, minor_part, build));
  }
  return node;
}

/// Placeholders stand behind all processors.
std::string_view order_of(const Setting<MinTcb>& setting) {
  const auto* minimum = std::get_if<MinTcb>(&setting);
  return minimum == nullptr ? "~" : text::word(minimum->cpu);
}

}  // namespace

Node tree(const TdxVariant& variant) {
  return fields_node(variant, tdx_fields);
}

Node tree(const SnpVariant& variant) {
  Node node = fields_node(variant, snp_fields);
  if (variant.guest_svn_min != 0) node.set("guest_svn_min", Node::number(variant.guest_svn_min));
  if (variant.vmpl != 0) node.set("vmpl", Node::number(variant.vmpl));
  if (variant.key != SnpKey::vcek) node.set("key", text::word(variant.key));
  const auto list = [&](const char* key, const auto& items, const auto& write) {
    if (items.empty()) return;
    Node sequence = Node::sequence();
    for (const auto& item : items) sequence.push(write(item));
    node.set(key, std::move(sequence));
  };
  list("csp_id", variant.csp_id, [](const auto& item) { return setting_node(item); });
  list("policy", variant.policy, [](const auto& item) {
    return setting_node<SnpPolicy>(item, [](SnpPolicy bit) { return Node(text::word(bit)); });
  });
  if (variant.mitigations) node.set("mitigations", *variant.mitigations);
  if (variant.version_min != 3) node.set("version_min", Node::number(variant.version_min));
  return node;
}

Node tree(std::vector<Setting<MinTcb>> minimums, Style style) {
  if (style == Style::canonical)
    std::stable_sort(minimums.begin(), minimums.end(),
                     [](const auto& a, const auto& b) { return order_of(a) < order_of(b); });
  Node list = Node::sequence();
  for (const auto& item : minimums) list.push(setting_node<MinTcb>(item, minimum_node));
  return list;
}

}  // namespace sconectl::session
