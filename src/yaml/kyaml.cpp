#include "sconectl/yaml/kyaml.hpp"

#include <algorithm>
#include <array>
#include <regex>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::yaml {
namespace {

/// What some version of YAML reads as a truth value or nothing.
bool is_word_with_a_meaning(std::string_view text) {
  static constexpr std::array<std::string_view, 11> words = {
      "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  return std::find(words.begin(), words.end(), text::lower(text)) != words.end();
}

/// The library's regular expressions call themselves for every character: a long text would end
/// the program, and is no number that anybody could hold.
constexpr std::size_t longest_number = 4096;

bool is_number(const std::string& text) {
  if (text.size() > longest_number) return false;
  static const std::regex form(
      "[-+]?(0x[0-9a-fA-F_]+|0o[0-7]+|[0-9][0-9_]*(\\.[0-9_]*)?([eE][-+]?[0-9]+)?"
      "|\\.[0-9]+([eE][-+]?[0-9]+)?|\\.(inf|Inf|INF))|\\.(nan|NaN|NAN)");
  return std::regex_match(text, form);
}

bool needs_no_quotes(const std::string& key) {
  const auto allowed = [](char c) {
    return text::is_alphanumeric(c) || c == '_' || c == '-' || c == '.' || c == '/';
  };
  return !key.empty() && (text::is_letter(key.front()) || key.front() == '_') &&
         std::all_of(key.begin(), key.end(), allowed) && !is_word_with_a_meaning(key);
}

class KyamlWriter {
 public:
  [[nodiscard]] std::string document(const Value& value) {
    result_ = "---\n";
    write_value(value, 0);
    return result_ + "\n";
  }

 private:
  void write_value(const Value& value, std::size_t depth) {
    if (value.is_mapping()) {
      write_mapping(value, depth);
    } else if (value.is_sequence()) {
      write_sequence(value, depth);
    } else if (value.is_null()) {
      result_ += "null";
    } else {
      const bool verbatim =
          value.plain() && (is_word_with_a_meaning(value.text()) || is_number(value.text()));
      result_ += verbatim ? value.text() : double_quoted(value.text());
    }
  }

  void write_mapping(const Value& value, std::size_t depth) {
    if (value.entries().empty()) {
      result_ += "{}";
      return;
    }
    result_ += "{\n";
    for (const Entry& entry : value.entries()) {
      indent(depth + 1);
      result_ += needs_no_quotes(entry.key) ? entry.key : double_quoted(entry.key);
      result_ += ": ";
      write_value(entry.value, depth + 1);
      result_ += ",\n";
    }
    indent(depth);
    result_ += '}';
  }

  /// Mappings and lists stand on the lines of the list's own brackets.
  void write_sequence(const Value& value, std::size_t depth) {
    const auto& items = value.items();
    const bool cuddled =
        !items.empty() && std::all_of(items.begin(), items.end(), [](const auto& item) {
          return !item.entries().empty() || !item.items().empty();
        });
    result_ += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (cuddled) {
        if (i > 0) result_ += ", ";
        write_value(items[i], depth);
      } else {
        result_ += '\n';
        indent(depth + 1);
        write_value(items[i], depth + 1);
        result_ += ',';
      }
    }
    if (!cuddled && !items.empty()) {
      result_ += '\n';
      indent(depth);
    }
    result_ += ']';
  }

  void indent(std::size_t depth) { result_.append(2 * depth, ' '); }

  std::string result_;
};

}  // namespace

std::string kyaml_of(const std::string& name, std::string text) {
  diag::Diagnostics out;
  const std::vector<Value> documents = parse_documents(name, std::move(text), out);
  out.throw_if_errors();
  std::string result;
  for (const Value& document : documents)
    if (!document.is_null()) result += KyamlWriter().document(document);
  return result;
}

}  // namespace sconectl::yaml
