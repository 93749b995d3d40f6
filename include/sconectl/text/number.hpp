// Whole numbers as text.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace sconectl::text {

/// The number that all of `text` is, in digits of `base` (leading zeros allowed, '-' for signed
/// types, never '+'); nothing for other text and for numbers that `Number` does not hold.
template <std::integral Number>
[[nodiscard]] std::optional<Number> number(std::string_view text, int base = 10) {
  Number result = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, result, base);
  return error == std::errc{} && end == last ? std::optional(result) : std::nullopt;
}

}  // namespace sconectl::text
