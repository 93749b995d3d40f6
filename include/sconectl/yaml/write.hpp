// A tree that is written as YAML, byte for byte the same for the same tree.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sconectl/yaml/value.hpp"

namespace sconectl::yaml {

/// Output only: what write() prints. Mappings keep the order in which keys were set.
class Node {
 public:
  struct Verbatim {  // printed as it is: numbers, booleans
    std::string text;
  };
  struct Tagged;
  using Sequence = std::vector<Node>;
  using Mapping = std::vector<std::pair<std::string, Node>>;

  Node() = default;                                      // null
  Node(std::string text) : content_(std::move(text)) {}  // NOLINT(google-explicit-constructor)
  Node(std::string_view text)
      : content_(std::string(text)) {}                     // NOLINT(google-explicit-constructor)
  Node(const char* text) : content_(std::string(text)) {}  // NOLINT(google-explicit-constructor)
  static Node number(long long value) { return verbatim(std::to_string(value)); }
  static Node boolean(bool value) { return verbatim(value ? "true" : "false"); }
  static Node verbatim(std::string text);
  static Node sequence(Sequence items = {});
  static Node mapping(Mapping entries = {});
  static Node texts(const std::vector<std::string>& items);
  /// A parsed value with its meaning kept: plain scalars stay plain, tags stay.
  static Node from(const Value& value);

  /// Appends an entry to a mapping (a null node becomes one).
  Node& set(std::string key, Node value);
  /// Appends an item to a sequence (a null node becomes one).
  Node& push(Node value);
  Node& tagged(std::string tag);
  /// Writes it, and what it holds, on the line of its key: text in quotes, the rest in braces.
  Node& on_one_line();

  [[nodiscard]] bool is_null() const { return content_.index() == 0; }
  [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&content_); }
  [[nodiscard]] const Verbatim* verbatim() const { return std::get_if<Verbatim>(&content_); }
  [[nodiscard]] const Sequence* items() const { return std::get_if<Sequence>(&content_); }
  [[nodiscard]] const Mapping* entries() const { return std::get_if<Mapping>(&content_); }
  [[nodiscard]] Mapping* entries() { return std::get_if<Mapping>(&content_); }
  [[nodiscard]] const std::string& tag() const { return tag_; }
  [[nodiscard]] bool one_line() const { return one_line_; }
  /// The value of a key of a mapping, or nullptr.
  [[nodiscard]] Node* find(std::string_view key);

 private:
  std::variant<std::monostate, std::string, Verbatim, Sequence, Mapping> content_;
  std::string tag_;
  bool one_line_ = false;
};

/// Block style, two spaces, LF, a newline at the end, lines never folded. Text is plain where every
/// version of YAML takes it for text, literal blocks for text of several lines where they can carry
/// it, else quoted. Readers of YAML 1.1 and 1.2 get the same tree from it. Throws Error{invalid}
/// for text that is not UTF-8.
[[nodiscard]] std::string write(const Node& node);

/// A text as a scalar in double quotes, on one line, for a place in YAML that is there already.
/// Throws as write().
[[nodiscard]] std::string double_quoted(const std::string& text);

}  // namespace sconectl::yaml
