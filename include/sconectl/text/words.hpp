// The words of an enum: one table, for writing and for reading.
//
//   enum class Endpoint { server, client };
//   [[nodiscard]] constexpr auto words_of(Endpoint) {
//     return text::words<Endpoint::client>("server", "client");
//   }
//
// stands beside the enum; then text::word(Endpoint::client) is "client" and
// text::from_word<Endpoint>("client") is Endpoint::client.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sconectl::text {

/// The table of an enum, in the enum's order. `last` is its last member: a table that lacks a word
/// does not compile.
template <auto last, typename... Word>
[[nodiscard]] constexpr auto words(Word... word) {
  static_assert(sizeof...(Word) == static_cast<std::size_t>(last) + 1, "one word for each member");
  return std::array<std::string_view, sizeof...(Word)>{word...};
}

template <typename Enum>
inline constexpr auto word_table = words_of(Enum{});

/// All words, in the enum's order.
template <typename Enum>
[[nodiscard]] constexpr std::span<const std::string_view> all_words() {
  return word_table<Enum>;
}

template <typename Enum>
[[nodiscard]] constexpr std::string_view word(Enum value) {
  return word_table<Enum>.at(static_cast<std::size_t>(value));
}

/// The member with this word; nothing for another text.
template <typename Enum>
[[nodiscard]] constexpr std::optional<Enum> from_word(std::string_view text) {
  const auto& table = word_table<Enum>;
  const auto found = std::find(table.begin(), table.end(), text);
  if (found == table.end()) return std::nullopt;
  return static_cast<Enum>(found - table.begin());
}

/// "'a', 'b', 'c'": what can be written, for messages.
[[nodiscard]] std::string quoted_list(std::span<const std::string_view> words);

}  // namespace sconectl::text
