#include "sconectl/yaml/value.hpp"

#include <unordered_map>

#include "sconectl/text/number.hpp"

namespace sconectl::yaml {

struct Value::Node {
  Kind kind = Kind::null;
  bool plain = false;
  diag::Location location;
  std::string tag;
  std::string text;
  std::vector<Value> items;
  std::vector<Entry> entries;
  std::unordered_map<std::string_view, std::size_t> index;  // only for large mappings
  std::size_t expanded_size = 1;
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
  node->tag = std::move(tag);
  return Value(std::move(node));
}

Value Value::sequence(std::vector<Value> items, diag::Location at, std::string tag) {
  auto node = std::make_shared<Node>();
  node->kind = Kind::sequence;
  node->items = std::move(items);
  node->location = std::move(at);
  node->tag = std::move(tag);
  for (const Value& item : node->items)
    node->expanded_size = saturating_add(node->expanded_size, item.expanded_size());
  return Value(std::move(node));
}

Value Value::mapping(std::vector<Entry> entries, diag::Location at, std::string tag) {
  auto node = std::make_shared<Node>();
  node->kind = Kind::mapping;
  node->entries = std::move(entries);
  node->location = std::move(at);
  node->tag = std::move(tag);
  for (const Entry& entry : node->entries)
    node->expanded_size = saturating_add(node->expanded_size, 1 + entry.value.expanded_size());
  if (node->entries.size() >= index_from) {
    for (std::size_t i = 0; i < node->entries.size(); ++i)
      node->index.emplace(node->entries[i].key, i);
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
  return node_->tag;
}
const std::string& Value::text() const {
  return node_->text;
}
bool Value::plain() const {
  return node_->plain;
}
const std::vector<Value>& Value::items() const {
  return node_->items;
}
const std::vector<Entry>& Value::entries() const {
  return node_->entries;
}
std::size_t Value::expanded_size() const {
  return node_->expanded_size;
}

const Value* Value::find(std::string_view key) const {
  if (!node_->index.empty()) {
    const auto found = node_->index.find(key);
    return found == node_->index.end() ? nullptr : &node_->entries[found->second].value;
  }
  for (const Entry& entry : node_->entries)
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
