#include "sconectl/yaml/write.hpp"

#include <yaml.h>

#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::yaml {
namespace {

/// Words that some YAML version reads as a boolean, null, a merge or a default.
bool is_reserved_word(std::string_view text) {
  static constexpr std::array<std::string_view, 13> words = {
      "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "<<", "="};
  return std::find(words.begin(), words.end(), text::lower(text)) != words.end();
}

/// Text that some YAML version may read as a number, a date or a special float.
bool looks_numeric(std::string_view text) {
  const std::size_t sign = text.front() == '-' || text.front() == '+' ? 1 : 0;
  if (sign == text.size()) return true;
  const char first = text[sign];
  return text::is_digit(first) || (first == '.' && text.size() > sign + 1);
}

/// A character beyond ASCII that some YAML version takes for a control character, the end of a line
/// or a mark: C1, U+2028, U+2029, U+FEFF.
bool special_at(std::string_view rest) {
  return (rest.size() > 1 && rest[0] == '\xC2' && static_cast<unsigned char>(rest[1]) < 0xA0) ||
         rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9") ||
         rest.starts_with("\xEF\xBB\xBF");
}

bool is_printable(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && special_at(text.substr(i)))) return false;
  }
  return true;
}

/// Text that every reader takes for text when it stands without quotes. The emitter knows where
/// plain text is allowed; it does not know what readers make of it.
bool is_plain_text(std::string_view text) {
  if (is_reserved_word(text) || looks_numeric(text) || !is_printable(text)) return false;
  return text.find_first_of("{}[],") == std::string_view::npos;
}

/// Text that a literal block carries unchanged: several lines, the first not starting with a blank,
/// no line of only blanks, at most one newline at the end.
bool fits_block(std::string_view text) {
  const auto newline = text.find('\n');
  if (newline == std::string_view::npos || newline == 0 || newline + 1 == text.size()) return false;
  if (text.front() == ' ' || text.front() == '\t' || text.ends_with("\n\n")) return false;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (!is_printable(line)) return false;
    if (!line.empty() && line.find_first_not_of(' ') == std::string_view::npos) return false;
    at = end + 1;
  }
  return true;
}

yaml_scalar_style_t style_of(std::string_view text, bool one_line) {
  if (!one_line && fits_block(text)) return YAML_LITERAL_SCALAR_STYLE;
  return is_plain_text(text) ? YAML_PLAIN_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// The name that a tag as it was written stands for.
std::string full_tag(const std::string& written) {
  if (written.starts_with("!!")) return "tag:yaml.org,2002:" + written.substr(2);
  if (!written.starts_with("!<")) return written;
  const std::string_view inner = std::string_view(written).substr(2, written.size() - 3);
  std::string result;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    const bool escape = inner[i] == '%' && i + 2 < inner.size() && hex_digit(inner[i + 1]) >= 0 &&
                        hex_digit(inner[i + 2]) >= 0;
    result += escape ? static_cast<char>(hex_digit(inner[i + 1]) * 16 + hex_digit(inner[i + 2]))
                     : inner[i];
    if (escape) i += 2;
  }
  return result;
}

yaml_char_t* bytes(const std::string& text) {
  return reinterpret_cast<yaml_char_t*>(const_cast<char*>(text.data()));
}

/// One document through libyaml's emitter: what must be quoted or escaped is the emitter's rule,
/// as what it means is the parser's.
class Writer {
 public:
  Writer() {
    if (yaml_emitter_initialize(&emitter_) == 0) throw std::bad_alloc();
    yaml_emitter_set_output(&emitter_, append, &result_);
    yaml_emitter_set_unicode(&emitter_, 1);
    yaml_emitter_set_indent(&emitter_, 2);
    yaml_emitter_set_width(&emitter_, -1);  // lines are never folded
    yaml_emitter_set_break(&emitter_, YAML_LN_BREAK);
  }
  ~Writer() { yaml_emitter_delete(&emitter_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  std::string document(const Node& node) {
    begin();
    value(node, false);
    return end();
  }
  std::string double_quoted(const std::string& text) {
    begin();
    scalar(text, YAML_DOUBLE_QUOTED_SCALAR_STYLE, "");
    return end();
  }

 private:
  void begin() {
    yaml_event_t event;
    emit(event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
    emit(event, yaml_document_start_event_initialize(&event, nullptr, nullptr, nullptr, 1));
  }
  std::string end() {
    yaml_event_t event;
    emit(event, yaml_document_end_event_initialize(&event, 1));
    emit(event, yaml_stream_end_event_initialize(&event));
    return std::move(result_);
  }

  static int append(void* to, unsigned char* text, std::size_t size) {
    static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(text), size);
    return 1;
  }

  void emit(yaml_event_t& event, int made) {
    if (made == 0)
      throw diag::Error(diag::ErrorKind::invalid,
                        "text that is not UTF-8 can not be written as YAML; encode it, for example "
                        "as base64");
    if (yaml_emitter_emit(&emitter_, &event) == 0)
      throw std::logic_error(emitter_.problem == nullptr ? "YAML" : emitter_.problem);
  }

  void scalar(const std::string& text, yaml_scalar_style_t style, const std::string& tag) {
    yaml_event_t event;
    const int implicit = tag.empty() ? 1 : 0;
    emit(event, yaml_scalar_event_initialize(&event, nullptr, tag.empty() ? nullptr : bytes(tag),
                                             bytes(text), static_cast<int>(text.size()), implicit,
                                             implicit, style));
  }

  void value(const Node& node, bool one_line) {
    one_line = one_line || node.one_line();
    const std::string tag = full_tag(node.tag());
    yaml_char_t* const tag_bytes = tag.empty() ? nullptr : bytes(tag);
    const int implicit = tag.empty() ? 1 : 0;
    yaml_event_t event;
    if (node.is_null()) {
      scalar(tag.empty() ? "null" : "", YAML_PLAIN_SCALAR_STYLE, tag);
    } else if (const auto* text = node.text()) {
      scalar(*text, style_of(*text, one_line), tag);
    } else if (const auto* verbatim = node.verbatim()) {
      scalar(verbatim->text, YAML_PLAIN_SCALAR_STYLE, tag);
    } else if (const auto* items = node.items()) {
      emit(event, yaml_sequence_start_event_initialize(
                      &event, nullptr, tag_bytes, implicit,
                      one_line ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE));
      for (const Node& item : *items) value(item, one_line);
      emit(event, yaml_sequence_end_event_initialize(&event));
    } else if (const auto* entries = node.entries()) {
      emit(event, yaml_mapping_start_event_initialize(
                      &event, nullptr, tag_bytes, implicit,
                      one_line ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE));
      for (const auto& [key, child] : *entries) {
        scalar(key, style_of(key, one_line), "");
        value(child, one_line);
      }
      emit(event, yaml_mapping_end_event_initialize(&event));
    }
  }

  yaml_emitter_t emitter_{};
  std::string result_;
};

}  // namespace

std::string write(const Node& node) {
  return Writer().document(node);
}

std::string double_quoted(const std::string& text) {
  std::string result = Writer().double_quoted(text);
  result.pop_back();  // the line end of the document
  return result;
}

}  // namespace sconectl::yaml
