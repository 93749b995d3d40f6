#include "sconectl/session/placeholder.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/text/utf8.hpp"

namespace sconectl::session {
namespace {

constexpr std::string_view opening = "$$SCONE::";
constexpr std::string_view closing = "$$";
constexpr std::size_t longest_encoding = 64;

/// The placeholder at the start of `text`; `length` is that of its source.
std::optional<Placeholder> placeholder_at(std::string_view text, std::size_t& length) {
  if (!text.starts_with(opening)) return std::nullopt;
  std::string_view rest = text.substr(opening.size());
  Placeholder result;
  result.name = text::take_while(rest, text::is_unreserved);
  if (result.name.empty()) return std::nullopt;
  if (rest.starts_with(':')) {
    rest.remove_prefix(1);
    result.suffix =
        text::take_while(rest, [](char c) { return text::is_unreserved(c) || c == ':'; });
    if (result.suffix.empty()) return std::nullopt;
  }
  if (rest.starts_with('|')) {
    rest.remove_prefix(1);
    result.encoding =
        text::take_while(rest, [](char c) { return c != '$' && c != '\n' && c != '|'; });
    if (result.encoding.empty() || result.encoding.size() > longest_encoding) return std::nullopt;
  }
  if (!rest.starts_with(closing)) return std::nullopt;
  length = text.size() - rest.size() + closing.size();
  return result;
}

}  // namespace

std::string Placeholder::text() const {
  std::string result = std::string(opening) + name;
  if (!suffix.empty()) result += ":" + suffix;
  if (!encoding.empty()) result += "|" + encoding;
  return result.append(closing);
}

std::vector<Piece> pieces(std::string_view text) {
  std::vector<Piece> result;
  std::size_t literal = 0;
  for (std::size_t at = text.find(opening); at != std::string_view::npos;
       at = text.find(opening, at)) {
    std::size_t length = 0;
    auto found = placeholder_at(text.substr(at), length);
    if (!found) {
      at += 2;
      continue;
    }
    if (at > literal) result.push_back({text.substr(literal, at - literal), std::nullopt});
    result.push_back({text.substr(at, length), std::move(found)});
    at += length;
    literal = at;
  }
  if (literal < text.size()) result.push_back({text.substr(literal), std::nullopt});
  return result;
}

std::optional<Placeholder> whole_placeholder(std::string_view text) {
  std::size_t length = 0;
  auto found = placeholder_at(text, length);
  return found && length == text.size() ? found : std::nullopt;
}

std::vector<std::string> literal_hints(std::string_view text) {
  bool unclosed = false;
  bool single = false;
  bool bare = false;
  for (const Piece& piece : pieces(text)) {
    if (piece.placeholder) continue;
    constexpr std::string_view word = "SCONE:";
    for (auto at = piece.text.find(word); at != std::string_view::npos;
         at = piece.text.find(word, at + word.size())) {
      const bool two_colons = piece.text.substr(at + word.size()).starts_with(':');
      const std::string_view name =
          piece.text.substr(std::min(at + word.size() + 1, piece.text.size()));
      if (piece.text.substr(0, at).ends_with("$$"))
        (two_colons ? unclosed : single) = true;
      else if (two_colons && !name.empty() && text::is_unreserved(name.front()))
        bare = true;
    }
  }
  std::vector<std::string> result;
  if (single)
    result.emplace_back("'$$SCONE:' with a single colon stays as it is; write $$SCONE::name$$");
  if (unclosed)
    result.emplace_back(
        "'$$SCONE::' without a name and a closing '$$' stays as it is; write $$SCONE::name$$");
  if (bare)
    result.emplace_back(
        "'SCONE::' without '$$' before it stays as it is; write $$SCONE::name$$ (a shell replaces "
        "'$$' by a number unless the text is in single quotes)");
  return result;
}

bool known_encoding(std::string_view encoding) {
  return encoding.empty() || encoding == "escape(json)";
}

std::string escape_json(std::string_view utf8) {
  std::string result;
  result.reserve(utf8.size());
  for (const char c : utf8) {
    switch (c) {
      case '"':
        result += "\\\"";
        break;
      case '\\':
        result += "\\\\";
        break;
      case '\b':
        result += "\\b";
        break;
      case '\f':
        result += "\\f";
        break;
      case '\n':
        result += "\\n";
        break;
      case '\r':
        result += "\\r";
        break;
      case '\t':
        result += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20U)
          result += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        else
          result += c;
    }
  }
  return result;
}

std::string substitute(std::string_view text, const Lookup& lookup) {
  std::string result;
  for (const Piece& piece : pieces(text)) {
    if (!piece.placeholder) {
      result += piece.text;
      continue;
    }
    const Placeholder& placeholder = *piece.placeholder;
    if (!known_encoding(placeholder.encoding))
      throw diag::Error(diag::ErrorKind::invalid,
                        fmt::format("{}: unknown encoding '{}'; only 'escape(json)' exists",
                                    piece.text, placeholder.encoding));
    const std::string value = lookup(placeholder);
    if (placeholder.encoding.empty()) {
      result += value;
      continue;
    }
    if (!text::is_utf8(value))
      throw diag::Error(diag::ErrorKind::invalid,
                        fmt::format("{}: the value is not UTF-8 text", piece.text));
    result += escape_json(value);
  }
  return result;
}

}  // namespace sconectl::session
