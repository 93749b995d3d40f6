// YAML text as an immutable tree that knows where everything stands.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/diag/location.hpp"

namespace sconectl::yaml {

enum class Kind { null, scalar, sequence, mapping };

struct Entry;

/// One node of a document: cheap to copy (a shared pointer), never changed. Scalars keep their
/// source text: `0.3`, `no` and 64 hex digits that look like a float stay what the user wrote.
class Value {
 public:
  /// A null value without a place.
  Value();
  static Value null(diag::Location at);
  static Value scalar(std::string text, bool plain, diag::Location at, std::string tag = "");
  static Value sequence(std::vector<Value> items, diag::Location at, std::string tag = "");
  static Value mapping(std::vector<Entry> entries, diag::Location at, std::string tag = "");

  [[nodiscard]] Kind kind() const;
  [[nodiscard]] bool is_null() const { return kind() == Kind::null; }
  [[nodiscard]] bool is_scalar() const { return kind() == Kind::scalar; }
  [[nodiscard]] bool is_sequence() const { return kind() == Kind::sequence; }
  [[nodiscard]] bool is_mapping() const { return kind() == Kind::mapping; }

  [[nodiscard]] const diag::Location& location() const;
  /// A custom tag as written ("!cas"), or "".
  [[nodiscard]] const std::string& tag() const;
  /// The text of a scalar after unquoting and folding; "" for every other kind.
  [[nodiscard]] const std::string& text() const;
  /// A scalar written without quotes and not as a block: the only one that may mean a number,
  /// a boolean or null.
  [[nodiscard]] bool plain() const;
  /// The members of a sequence; empty for every other kind.
  [[nodiscard]] const std::vector<Value>& items() const;
  /// The entries of a mapping in the order of the file; empty for every other kind.
  [[nodiscard]] const std::vector<Entry>& entries() const;
  /// The value of a key; nullptr if there is none. A null value is found.
  [[nodiscard]] const Value* find(std::string_view key) const;
  /// Number of nodes when aliases are written out.
  [[nodiscard]] std::size_t expanded_size() const;

 private:
  struct Node;
  explicit Value(std::shared_ptr<const Node> node);
  std::shared_ptr<const Node> node_;
};

struct Entry {
  std::string key;
  diag::Location key_location;
  Value value;
};

/// A word for messages: "a mapping", "a list", "text", "nothing".
[[nodiscard]] std::string_view kind_name(const Value& value);

/// YAML 1.2 core: decimal, 0x and 0o integers, of plain and quoted scalars alike.
[[nodiscard]] std::optional<long long> integer(const Value& value);

/// `true` or `false`, plain or quoted; nothing else (SL-008).
[[nodiscard]] std::optional<bool> boolean(const Value& value);

}  // namespace sconectl::yaml
