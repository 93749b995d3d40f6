#include "sconectl/text/percent.hpp"

#include <fmt/format.h>

#include <charconv>

#include "sconectl/text/ascii.hpp"

namespace sconectl::text {

std::string percent_encoded(std::string_view text, std::string_view also_kept) {
  std::string result;
  for (const char c : text) {
    if (is_unreserved(c) || also_kept.find(c) != std::string_view::npos)
      result += c;
    else
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  constexpr int hexadecimal = 16;
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    unsigned char byte = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, hexadecimal);
    if (digits.size() != 2 || error != std::errc() || end != digits.data() + digits.size())
      return std::nullopt;
    result += static_cast<char>(byte);
    i += 2;
  }
  return result;
}

}  // namespace sconectl::text
