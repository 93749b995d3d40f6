#include "json_canonical.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "sconectl/session/placeholder.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::session {
namespace {

using yaml::Node;

constexpr long long exact = 1LL << 53;

std::string json_string(std::string_view text) {
  return '"' + escape_json(text) + '"';
}

/// A scalar that JSON has no number for.
std::string special(std::string_view text) {
  return json_string(std::string(1, '\0').append(text));
}

bool is_decimal_integer(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text::is_digits(text);
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
bool is_float(std::string_view text) {
  const auto digits = [&] { return text::take_while(text, text::is_digit).size(); };
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t whole = digits();
  std::size_t fraction = 0;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = digits();
  }
  if (whole + fraction == 0) return false;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return text.empty();
}

/// Decimal digits without sign '+' and leading zeros: exact, whatever the length.
std::string integer_digits(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
  return (negative && text != "0" ? "-" : "") + std::string(text);
}

std::string scalar_json(const std::string& text) {
  if (text == "null" || text == "Null" || text == "NULL" || text == "~" || text.empty())
    return "null";
  if (text == "true" || text == "True" || text == "TRUE") return "true";
  if (text == "false" || text == "False" || text == "FALSE") return "false";
  if (is_decimal_integer(text)) return integer_digits(text);
  if (const auto number = yaml::integer(yaml::Value::scalar(text, true, {})))
    return *number <= exact && *number >= -exact ? std::to_string(*number) : special(text);
  if (is_float(text)) {
    double value = 0;
    const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
    const auto parsed = std::from_chars(begin, text.data() + text.size(), value);
    return parsed.ec == std::errc() && std::isfinite(value) ? canonical_number(value)
                                                            : special(text);
  }
  const std::string_view unsigned_text =
      std::string_view(text).substr(text.starts_with('-') || text.starts_with('+') ? 1 : 0);
  for (const std::string_view word : {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"})
    if (unsigned_text == word) return special(text);
  return json_string(text);
}

/// UTF-16 code units, by which RFC 8785 sorts keys.
std::u16string utf16(std::string_view utf8) {
  std::u16string result;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t point = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length && i + k < utf8.size(); ++k)
      point = point << 6U | (static_cast<unsigned char>(utf8[i + k]) & 0x3FU);
    i += length;
    if (point < 0x10000) {
      result += static_cast<char16_t>(point);
    } else {
      result += static_cast<char16_t>(0xD800U + ((point - 0x10000U) >> 10U));
      result += static_cast<char16_t>(0xDC00U + ((point - 0x10000U) & 0x3FFU));
    }
  }
  return result;
}

bool before(const std::string& a, const std::string& b) {
  return text::is_ascii(a) && text::is_ascii(b) ? a < b : utf16(a) < utf16(b);
}

void append(std::string& out, const Node& node);

void append_mapping(std::string& out, const Node::Mapping& mapping) {
  std::vector<const Node::Mapping::value_type*> entries;
  entries.reserve(mapping.size());
  for (const auto& entry : mapping) entries.push_back(&entry);
  std::sort(entries.begin(), entries.end(),
            [](const auto* a, const auto* b) { return before(a->first, b->first); });
  out += '{';
  for (const auto* entry : entries) {
    if (out.back() != '{') out += ',';
    out += json_string(entry->first) + ':';
    append(out, entry->second);
  }
  out += '}';
}

void append_content(std::string& out, const Node& node) {
  if (const auto* text = node.text()) {
    out += json_string(*text);
  } else if (const auto* scalar = node.verbatim()) {
    out += scalar_json(scalar->text);
  } else if (const auto* items = node.items()) {
    out += '[';
    for (const Node& item : *items) {
      if (&item != &items->front()) out += ',';
      append(out, item);
    }
    out += ']';
  } else if (const auto* entries = node.entries()) {
    append_mapping(out, *entries);
  } else {
    out += "null";
  }
}

void append(std::string& out, const Node& node) {
  if (node.tag().empty()) return append_content(out, node);
  out += '{' + special("tag") + ':' + json_string(node.tag()) + ',' + special("value") + ':';
  append_content(out, node);
  out += '}';
}

}  // namespace

bool is_core_text(const std::string& plain) {
  return scalar_json(plain) == json_string(plain);
}

std::string canonical_number(double value) {
  if (value == 0) return "0";
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(value),
                                 std::chars_format::scientific);
  const std::string_view shortest(buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data()));
  const std::size_t e = shortest.find('e');
  std::string digits(shortest.substr(0, e));
  std::erase(digits, '.');
  const int exponent =
      std::atoi(std::string(shortest.substr(e + 1)).c_str()) + 1;  // NOLINT(cert-err34-c)
  const int count = static_cast<int>(digits.size());
  std::string result;
  if (count <= exponent && exponent <= 21) {
    result = digits + std::string(static_cast<std::size_t>(exponent - count), '0');
  } else if (0 < exponent && exponent <= 21) {
    result = digits.insert(static_cast<std::size_t>(exponent), ".");
  } else if (-6 < exponent && exponent <= 0) {
    result = "0." + std::string(static_cast<std::size_t>(-exponent), '0') + digits;
  } else {
    const std::string tail = fmt::format("e{}{}", exponent > 0 ? "+" : "-", std::abs(exponent - 1));
    result = (count == 1 ? digits : digits.insert(1, ".")) + tail;
  }
  return (value < 0 ? "-" : "") + result;
}

std::string canonical_json(const Node& node) {
  std::string out;
  append(out, node);
  return out;
}

}  // namespace sconectl::session
