#include "sconectl/yaml/write.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace sconectl::yaml {
namespace {

/// YAML limits keys without a question mark to 1024 characters (YAML 1.2, 7.4.2).
constexpr std::size_t longest_simple_key = 1000;

/// Words that some YAML version reads as a boolean or null.
bool is_reserved_word(std::string text) {
  static constexpr std::array<std::string_view, 11> words = {
      "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(words.begin(), words.end(), text) != words.end();
}

/// Text that some YAML version may read as a number, a date or a special float.
bool looks_numeric(std::string_view text) {
  const std::size_t sign = text.front() == '-' || text.front() == '+' ? 1 : 0;
  if (sign == text.size()) return true;
  const char first = text[sign];
  return std::isdigit(static_cast<unsigned char>(first)) != 0 ||
         (first == '.' && text.size() > sign + 1);
}

/// The escape of a character beyond ASCII that some YAML version takes for a control character or
/// the end of a line (C1, U+2028, U+2029, U+FEFF), with its length in UTF-8; nothing for others.
struct Escape {
  std::size_t length = 0;
  std::string text;
};
Escape special_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.size() > 1 && rest[0] == '\xC2' && static_cast<unsigned char>(rest[1]) < 0xA0)
    return {2, fmt::format("\\x{:02x}", static_cast<unsigned char>(rest[1]))};
  if (rest.starts_with("\xE2\x80\xA8")) return {3, "\\u2028"};
  if (rest.starts_with("\xE2\x80\xA9")) return {3, "\\u2029"};
  if (rest.starts_with("\xEF\xBB\xBF")) return {3, "\\uFEFF"};
  return {};
}

bool is_printable(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && special_at(text, i).length > 0))
      return false;
  }
  return true;
}

bool is_plain_safe(std::string_view text) {
  constexpr std::string_view bad_first = "!&*-?|>@`\"'%#{}[],:= ~<";
  if (is_reserved_word(std::string(text)) || looks_numeric(text)) return false;
  if (bad_first.find(text.front()) != std::string_view::npos || text.back() == ' ') return false;
  if (text.back() == ':' || !is_printable(text)) return false;
  return text.find(": ") == std::string_view::npos && text.find(" #") == std::string_view::npos &&
         text.find_first_of("{}[],") == std::string_view::npos;
}

std::string double_quoted(std::string_view text) {
  std::string result = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (const Escape special = byte >= 0x80 ? special_at(text, i) : Escape{}; special.length > 0) {
      result += special.text;
      i += special.length - 1;
    } else if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (c == '\r') {
      result += "\\r";
    } else if (byte < 0x20 || byte == 0x7F) {
      result += fmt::format("\\x{:02x}", byte);
    } else {
      result += c;
    }
  }
  return result + "\"";
}

/// Text that a literal block carries unchanged: several lines, the first not starting with a blank,
/// no line of only blanks, at most one newline at the end.
bool fits_block(std::string_view text) {
  const auto newline = text.find('\n');
  if (newline == std::string_view::npos || newline == 0 || newline + 1 == text.size()) return false;
  if (text.front() == ' ' || text.front() == '\t') return false;
  if (text.ends_with("\n\n")) return false;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (!is_printable(line)) return false;
    if (!line.empty() && line.find_first_not_of(' ') == std::string_view::npos) return false;
    at = end + 1;
  }
  return true;
}

std::string block(std::string_view text, std::size_t indent) {
  std::string result = text.back() == '\n' ? "|" : "|-";
  if (text.back() == '\n') text.remove_suffix(1);
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    result += '\n';
    if (end > at) result.append(indent, ' ').append(text.substr(at, end - at));
    at = end + 1;
  }
  return result;
}

std::string scalar(std::string_view text, std::size_t indent) {
  if (fits_block(text)) return block(text, indent);
  return text.empty() || !is_plain_safe(text) ? double_quoted(text) : std::string(text);
}

class Writer {
 public:
  std::string result;

  /// Writes a node after "key:" or "-"; `indent` is the column of its children.
  void value(const Node& node, std::size_t indent, bool after_dash) {
    if (!node.tag().empty()) result += " " + node.tag();
    if (node.is_null()) {
      if (node.tag().empty()) result += " null";
    } else if (const auto* text = node.text()) {
      result += " " + scalar(*text, indent);
    } else if (const auto* verbatim = node.verbatim()) {
      result += " " + verbatim->text;
    } else if (const auto* items = node.items()) {
      if (items->empty()) result += " []";
      sequence(*items, indent, after_dash && node.tag().empty());
    } else if (const auto* entries = node.entries()) {
      if (entries->empty()) result += " {}";
      mapping(*entries, indent, after_dash && node.tag().empty());
    }
  }

  /// `inline_first`: the first child stands on the line of its dash.
  void mapping(const Node::Mapping& entries, std::size_t indent, bool inline_first) {
    for (const auto& [key, child] : entries) {
      start_line(indent, inline_first);
      inline_first = false;
      const std::string written = scalar_key(key);
      if (written.size() <= longest_simple_key) {
        result += written + ":";
      } else {
        result += "? " + written;
        start_line(indent, false);
        result += ":";
      }
      value(child, indent + 2, false);
    }
  }

  void sequence(const Node::Sequence& items, std::size_t indent, bool inline_first) {
    for (const Node& item : items) {
      start_line(indent, inline_first);
      inline_first = false;
      result += "-";
      value(item, indent + 2, true);
    }
  }

 private:
  static std::string scalar_key(std::string_view key) {
    return key.empty() || !is_plain_safe(key) ? double_quoted(key) : std::string(key);
  }

  void start_line(std::size_t indent, bool inline_first) {
    if (inline_first) {
      result += " ";
    } else {
      if (!result.empty()) result += "\n";
      result.append(indent, ' ');
    }
  }
};

}  // namespace

std::string write(const Node& node) {
  Writer writer;
  if (const auto* entries = node.entries(); entries != nullptr && !entries->empty()) {
    writer.mapping(*entries, 0, false);
  } else if (const auto* items = node.items(); items != nullptr && !items->empty()) {
    writer.sequence(*items, 0, false);
  } else {
    writer.value(node, 2, false);
    writer.result.erase(0, 1);  // the blank that separates a value from its key
  }
  return writer.result + "\n";
}

}  // namespace sconectl::yaml
