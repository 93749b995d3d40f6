// Typed reading of the session language's fields on top of yaml::MapReader.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/session/session.hpp"
#include "sconectl/yaml/map_reader.hpp"

namespace sconectl::session {

/// What a reader of any section has to know about the document.
struct Context {
  diag::Diagnostics& out;
  bool legacy = false;
  /// N of an explicit version 0.3.N; -1 if the version does not tell (SL-030).
  int patch = -1;
  /// The text stands in a secret: messages must not show it.
  bool hide_values = false;
  /// A CAS accepted this text before: what a later version demands of new sessions is not asked.
  bool stored = false;

  void error(const yaml::Value& at, std::string text) const {
    out.error(at.location(), std::move(text));
  }
  void warning(const yaml::Value& at, std::string text) const {
    out.warning(at.location(), std::move(text));
  }
  /// `text` in quotes, or "this value" if it must not be shown.
  [[nodiscard]] std::string shown(std::string_view text) const;
  /// Warns if the session's version is explicitly older than the feature (SL-031).
  void since(int patch_needed, const yaml::Value& at, std::string_view path) const;
};

class Reader : public yaml::MapReader {
 public:
  Reader(const yaml::Value& value, std::string path, Context& context)
      : MapReader(value, std::move(path), "session", context.out), context_(context) {}

  Context& context() { return context_; }
  /// The key is given and not null.
  [[nodiscard]] bool has(std::string_view key) const;
  /// Exactly 2 * bytes hex digits, in lower case (SL-007).
  std::optional<std::string> hex(std::string_view key, std::size_t bytes);
  /// `since(patch)` if the key is given.
  void since(int patch, std::string_view key);
  /// A scalar or a list of scalars.
  std::vector<std::string> one_or_more(std::string_view key);
  /// A sequence as it is, any other value as a list of one; empty if absent.
  std::vector<yaml::Value> one_or_more_values(std::string_view key);
  /// A key that an older dialect had: accepted there with a warning, else an error (SL-027).
  void legacy_key(std::string_view key);
  /// A key that is read and has no effect here, with a warning that says why.
  void without_effect(std::string_view key, std::string_view why);
  void refuse(std::string_view key, std::string why);

 private:
  Context& context_;
};

/// Reads the items of the list `key`. In a document with more mistakes than are told one by one,
/// items with mistakes are left out: a million of them would take memory for nothing.
template <typename Item, typename Read>
void read_items(Reader& map, const char* key, std::vector<Item>& items, Read read) {
  const auto& list = map.list(key);
  const diag::Diagnostics& out = map.context().out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::size_t errors = out.errors();
    Item item = read(list[i], map.item_path(key, i), map.context());
    if (out.errors() == errors || errors < diag::Diagnostics::most_kept)
      items.push_back(std::move(item));
  }
}

/// A scalar's text; anything else is an error.
std::optional<std::string> text_of(const yaml::Value& value, const std::string& path,
                                   Context& context);
std::optional<std::string> hex_of(const yaml::Value& value, const std::string& path,
                                  std::size_t bytes, Context& context);
std::optional<std::uint32_t> number_of(const yaml::Value& value, const std::string& path,
                                       std::uint32_t low, std::uint32_t high, Context& context);
std::optional<bool> boolean_of(const yaml::Value& value, const std::string& path, Context& context);
/// Index of the scalar's word in `words`; anything else is an error that suggests the nearest.
std::optional<std::size_t> word_of(const yaml::Value& value, const std::string& path,
                                   std::span<const std::string_view> words, Context& context);
/// The member of an enum whose word the scalar is.
template <typename Enum>
std::optional<Enum> enum_of(const yaml::Value& value, const std::string& path, Context& context) {
  const auto index = word_of(value, path, text::all_words<Enum>(), context);
  return index ? std::optional(static_cast<Enum>(*index)) : std::nullopt;
}

/// False with an error if a scalar mixes placeholders with other text (SL-203).
bool whole_or_none(const yaml::Value& value, const std::string& path, Context& context);

/// A setting: a whole placeholder, or what `read(value)` makes of it.
template <typename T, typename Read>
std::optional<Setting<T>> setting_of(const yaml::Value& value, const std::string& path,
                                     Context& context, Read read) {
  if (value.is_scalar()) {
    if (auto placeholder = whole_placeholder(value.text()))
      return Setting<T>(*std::move(placeholder));
    if (!whole_or_none(value, path, context)) return std::nullopt;
  }
  std::optional<T> result = read(value);
  if (!result) return std::nullopt;
  return Setting<T>(*std::move(result));
}

/// PEM with LF, without blank lines around it, one newline at the end.
[[nodiscard]] std::string normal_pem(std::string_view text);
/// Reads a certificate, to judge it; the message of what is wrong, or "".
[[nodiscard]] std::string certificate_fault(const std::string& pem);
/// Exactly one certificate and nothing else (SL-285).
[[nodiscard]] std::string single_certificate_fault(const std::string& pem);

}  // namespace sconectl::session
