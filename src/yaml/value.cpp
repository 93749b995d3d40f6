#include "sconectl/yaml/value.hpp"

#include <memory>
#include <unordered_map>

#include "sconectl/text/number.hpp"

namespace sconectl::yaml {

/// Most nodes are scalars without a tag: what they do not have takes no room, as a text of some
/// megabytes may hold millions of them.
struct Value::Node {
  /// Of lists, mappings and what has a tag.
  struct Parts {
    std::string tag;
    std::vector<Value> items;
    std::vector<Entry> entries;
    std::unordered_map<std::string_view, std::size_t> index;  // only for large mappings
    std::size_t expanded_size = 1;
  };

  Kind kind = Kind::null;
  bool plain = false;
  diag::Location location;
  std::string text;
  std::unique_ptr<Parts> parts;

  Parts& own_parts() {
    if (!parts) parts = std::make_unique<Parts>();
    return *parts;
  }
  [[nodiscard]] const Parts& shown_parts() const {
    static const Parts none;
    return parts ? *parts : none;
  }
};

namespace {

/// Below this many keys a linear search is as fast as an index.
constexpr std::size_t index_from = 16;
constexpr std::size_t size_limit = std::size_t{1} << 40U;

std::size_t saturating_add(std::size_t a, std::size_t b) {
  return std::min(a + b, size_limit);
}

}  // namespace

Value::Value() : Value(std::make_shared<const Node>()) {}
Value::Value(std::shared_ptr<const Node> node) : node_(std::move(node)) {}

Value Value::null(diag::Location at) {
  auto node = std::make_shared<Node>();
  node->location = std::move(at);
  return Value(std::move(node));
}

Value Value::scalar(std::string text, bool plain, diag::Location at, std::string tag) {
  auto node = std::make_shared<Node>();
  node->kind = Kind::scalar;
  node->plain = plain;
  node->text = std::move(text);
  node->location = std::move(at);
  if (!tag.empty()) node->own_parts().tag = std::move(tag);
  return Value(std::move(node));
}

Value Value::sequence(std::vector<Value> items, diag::Location at, std::string tag) {
  auto node = std::make_shared<Node>();
  node->kind = Kind::sequence;
  node->location = std::move(at);
  auto& parts = node->own_parts();
  parts.items = std::move(items);
  parts.tag = std::move(tag);
  for (const Value& item : parts.items)
    parts.expanded_size = saturating_add(parts.expanded_size, item.expanded_size());
  return Value(std::move(node));
}

Value Value::mapping(std::vector<Entry> entries, diag::Location at, std::string tag) {
  auto node = std::make_shared<Node>();
  node->kind = Kind::mapping;
  node->location = std::move(at);
  auto& parts = node->own_parts();
  parts.entries = std::move(entries);
  parts.tag = std::move(tag);
  for (const Entry& entry : parts.entries)
    parts.expanded_size = saturating_add(parts.expanded_size, 1 + entry.value.expanded_size());
  if (parts.entries.size() >= index_from) {
    for (std::size_t i = 0; i < parts.entries.size(); ++i)
      parts.index.emplace(parts.entries[i].key, i);
  }
  return Value(std::move(node));
}

Kind Value::kind() const {
  return node_->kind;
}
const diag::Location& Value::location() const {
  return node_->location;
}
const std::string& Value::tag() const {
  return node_->shown_parts().tag;
}
const std::string& Value::text() const {
  return node_->text;
}
bool Value::plain() const {
  return node_->plain;
}
const std::vector<Value>& Value::items() const {
  return node_->shown_parts().items;
}
const std::vector<Entry>& Value::entries() const {
  return node_->shown_parts().entries;
}
std::size_t Value::expanded_size() const {
  return node_->shown_parts().expanded_size;
}

const Value* Value::find(std::string_view key) const {
  const auto& parts = node_->shown_parts();
  if (!parts.index.empty()) {
    const auto found = parts.index.find(key);
    return found == parts.index.end() ? nullptr : &parts.entries[found->second].value;
  }
  for (const Entry& entry : parts.entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

std::string_view kind_name(const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      return "nothing";
    case Kind::scalar:
      return "text";
    case Kind::sequence:
      return "a list";
    case Kind::mapping:
      return "a mapping";
  }
  return "";
}

std::optional<long long> integer(const Value& value) {
  if (!value.is_scalar()) return std::nullopt;
  std::string_view text = value.text();
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  if (text.starts_with("0x")) base = 16;
  if (text.starts_with("0o")) base = 8;
  if (base != 10) text.remove_prefix(2);
  if (text.empty() || text.front() == '-' || text.front() == '+') return std::nullopt;
  const auto result = text::number<long long>(text, base);
  return result && negative ? -*result : result;
}

std::optional<bool> boolean(const Value& value) {
  if (!value.is_scalar()) return std::nullopt;
  if (value.text() == "true") return true;
  if (value.text() == "false") return false;
  return std::nullopt;
}

}  // namespace sconectl::yaml
