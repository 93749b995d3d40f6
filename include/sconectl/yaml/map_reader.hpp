// Typed reading of a mapping that reports every mistake with its place.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/text/words.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::yaml {

/// Reads the keys of one mapping. Every getter marks its key as known; finish() reports the keys
/// that nobody asked for, with "did you mean". Mistakes go to the Diagnostics, a getter then
/// returns its default, so that one run finds all of them. A key whose value is null counts as
/// absent (SL-004).
class MapReader {
 public:
  /// `path` is the mapping's place in the document for messages: "services[0]", "" for the root.
  /// `what` names the document: "service manifest", "session". A value that is not a mapping is
  /// reported here and then reads like an empty one.
  MapReader(const Value& value, std::string path, std::string what, diag::Diagnostics& out);

  /// The value of a key, or nullptr if absent or null.
  const Value* find(std::string_view key);
  /// As find(), but absence is an error.
  const Value* require(std::string_view key);

  /// The text of a scalar; a list or mapping is an error.
  std::optional<std::string> text(std::string_view key);
  std::string required_text(std::string_view key);
  std::optional<long long> integer(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  /// A list of scalars; empty if absent.
  std::vector<std::string> texts(std::string_view key);
  /// A list of anything; empty if absent. A value that is not a list is an error.
  const std::vector<Value>& list(std::string_view key);
  /// A mapping's entries; empty if absent.
  const std::vector<Entry>& entries(std::string_view key);

  /// The member of an enum with this word (text/words.hpp), of the first words of its table only if
  /// they are given. Anything else is an error that suggests the nearest one.
  template <typename Enum>
  std::optional<Enum> word(std::string_view key,
                           std::span<const std::string_view> words = text::all_words<Enum>()) {
    const auto index = word_index(key, words);
    return index ? std::optional(static_cast<Enum>(*index)) : std::nullopt;
  }

  /// Keys that are accepted and mean nothing here.
  void ignore(std::string_view key);

  /// Reports every key that was not asked for. Call it once, at the end.
  void finish();

  [[nodiscard]] const Value& value() const { return value_; }
  /// "services[0].name" for a key of this mapping.
  [[nodiscard]] std::string path(std::string_view key) const;
  [[nodiscard]] std::string item_path(std::string_view key, std::size_t index) const;
  [[nodiscard]] const std::string& what() const { return what_; }
  diag::Diagnostics& out() { return out_; }
  void error(const Value& at, std::string text) { out_.error(at.location(), std::move(text)); }

 private:
  std::optional<std::size_t> word_index(std::string_view key,
                                        std::span<const std::string_view> words);

  Value value_;
  std::string path_;
  std::string what_;
  diag::Diagnostics& out_;
  std::vector<std::string_view> known_;
};

}  // namespace sconectl::yaml
