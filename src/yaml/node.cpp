#include <algorithm>
#include <string_view>

#include "sconectl/yaml/write.hpp"

namespace sconectl::yaml {

Node Node::verbatim(std::string text) {
  Node node;
  node.content_ = Verbatim{std::move(text)};
  return node;
}

Node Node::sequence(Sequence items) {
  Node node;
  node.content_ = std::move(items);
  return node;
}

Node Node::mapping(Mapping entries) {
  Node node;
  node.content_ = std::move(entries);
  return node;
}

Node Node::texts(const std::vector<std::string>& items) {
  return sequence(Sequence(items.begin(), items.end()));
}

namespace {

/// Numbers, booleans and dates are printable ASCII. Anything else is text: folded from several
/// lines, or with characters that some YAML version takes for the end of a line.
bool can_be_typed(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

Node Node::from(const Value& value) {
  Node node;
  switch (value.kind()) {
    case Kind::null:
      break;
    case Kind::scalar:
      node =
          value.plain() && can_be_typed(value.text()) ? verbatim(value.text()) : Node(value.text());
      break;
    case Kind::sequence: {
      Sequence items;
      for (const Value& item : value.items()) items.push_back(from(item));
      node = sequence(std::move(items));
      break;
    }
    case Kind::mapping: {
      Mapping entries;
      for (const Entry& entry : value.entries()) entries.emplace_back(entry.key, from(entry.value));
      node = mapping(std::move(entries));
      break;
    }
  }
  node.tag_ = value.tag();
  return node;
}

Node& Node::set(std::string key, Node value) {
  if (is_null()) content_ = Mapping{};
  std::get<Mapping>(content_).emplace_back(std::move(key), std::move(value));
  return *this;
}

Node& Node::push(Node value) {
  if (is_null()) content_ = Sequence{};
  std::get<Sequence>(content_).push_back(std::move(value));
  return *this;
}

Node& Node::tagged(std::string tag) {
  tag_ = std::move(tag);
  return *this;
}

Node& Node::on_one_line() {
  one_line_ = true;
  return *this;
}

Node* Node::find(std::string_view key) {
  if (Mapping* mapping = entries()) {
    for (auto& [name, value] : *mapping)
      if (name == key) return &value;
  }
  return nullptr;
}

}  // namespace sconectl::yaml
