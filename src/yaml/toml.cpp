#include "sconectl/yaml/toml.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <sstream>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/text/utf8.hpp"
#include "toml_assert.hpp"
// The assertion first.
#include <toml++/toml.h>

namespace sconectl::yaml {
namespace {

using SourcePtr = std::shared_ptr<const diag::Source>;

diag::Location place_of(const SourcePtr& source, const toml::source_region& region) {
  return {source, static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
}

bool stands_before(const Entry& a, const Entry& b) {
  return std::pair(a.key_location.line, a.key_location.column) <
         std::pair(b.key_location.line, b.key_location.column);
}

/// As TOML writes it: of dates, times and floating-point numbers.
template <class Node>
std::string written(const Node& node) {
  std::ostringstream out;
  out << node;
  return out.str();
}

Value converted(const SourcePtr& source, const toml::node& node);

Value converted_table(const SourcePtr& source, const toml::table& table) {
  std::vector<Entry> entries;
  for (const auto& [key, node] : table)
    entries.push_back(
        {std::string(key.str()), place_of(source, key.source()), converted(source, node)});
  // The library sorts by name.
  std::stable_sort(entries.begin(), entries.end(), stands_before);
  return Value::mapping(std::move(entries), place_of(source, table.source()));
}

Value converted(const SourcePtr& source, const toml::node& node) {
  const diag::Location at = place_of(source, node.source());
  if (const auto* table = node.as_table()) return converted_table(source, *table);
  if (const auto* array = node.as_array()) {
    std::vector<Value> items;
    for (const auto& item : *array) items.push_back(converted(source, item));
    return Value::sequence(std::move(items), at);
  }
  if (const auto* text = node.as_string()) return Value::scalar(text->get(), false, at);
  if (const auto* truth = node.as_boolean())
    return Value::scalar(truth->get() ? "true" : "false", true, at);
  if (const auto* number = node.as_integer())
    return Value::scalar(std::to_string(number->get()), true, at);
  if (const auto* number = node.as_floating_point())
    return Value::scalar(written(number->get()), true, at);
  if (const auto* date = node.as_date()) return Value::scalar(written(date->get()), false, at);
  if (const auto* time = node.as_time()) return Value::scalar(written(time->get()), false, at);
  return Value::scalar(written(node.as_date_time()->get()), false, at);
}

/// The library quotes what it could not read: the part before that says what it was reading.
std::string without_quotes(std::string_view description) {
  const auto quote = description.find_first_of("'\"`");
  description = description.substr(0, quote);
  const auto trim = [&description] {
    while (!description.empty() &&
           std::string_view(" ;,:").find(description.back()) != std::string_view::npos)
      description.remove_suffix(1);
  };
  trim();
  if (description.ends_with(" saw")) description.remove_suffix(4);
  trim();
  return std::string(description);
}

[[noreturn]] void refuse(diag::Location at, std::string text) {
  diag::Diagnostics out;
  out.error(std::move(at), std::move(text));
  out.throw_if_errors();
  throw diag::Error(diag::ErrorKind::invalid, "not valid TOML");
}

/// The library bounds how deep values lie in each other, and not the parts of a key: each is a
/// level, and what is deep is walked through by functions that call themselves.
constexpr std::ptrdiff_t most_dots_in_a_line = 64;

void refuse_deep_keys(const SourcePtr& source) {
  int number = 0;
  for (const std::string_view line : text::lines(source->text)) {
    ++number;
    if (!text::trimmed(line).starts_with('#') &&
        std::count(line.begin(), line.end(), '.') > most_dots_in_a_line)
      refuse({source, number, 1}, fmt::format("more than {} dots in a line", most_dots_in_a_line));
  }
}

/// How long the quotes are that begin here: 0, 1 or 3.
std::size_t quotes_at(std::string_view text, std::size_t at) {
  const char quote = text[at];
  if (quote != '"' && quote != '\'') return 0;
  return text.substr(at, 3) == std::string(3, quote) ? 3 : 1;
}

/// Behind the string that begins here, or the end of the text.
std::size_t end_of_string(std::string_view text, std::size_t at, std::size_t quotes) {
  const std::string end(quotes, text[at]);
  const bool escapes = text[at] == '"';
  for (at += quotes; at < text.size(); ++at) {
    if (escapes && text[at] == '\\') {
      ++at;
    } else if (text.substr(at, quotes) == end) {
      return at + quotes;
    } else if (quotes == 1 && text[at] == '\n') {
      return at;
    }
  }
  return text.size();
}

/// Of these the library is not sure that they are none of its blanks, and then nobody knows what
/// it does. TOML has them in strings and comments only.
void refuse_letters_beyond_ascii(const SourcePtr& source) {
  const std::string_view text = source->text;
  for (std::size_t at = 0; at < text.size();) {
    const auto quotes = quotes_at(text, at);
    if (quotes > 0) {
      at = end_of_string(text, at, quotes);
    } else if (text[at] == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else if (static_cast<unsigned char>(text[at]) >= 0x80U) {
      const auto before = text.substr(0, at);
      refuse({source, 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')), 1},
             "not valid TOML: letters beyond ASCII have to stand in quotes");
    } else {
      ++at;
    }
  }
}

std::string_view first_line_that_counts(std::string_view text) {
  for (std::string_view line : text::lines(text)) {
    line = text::trimmed(line);
    if (!line.empty() && line.front() != '#' && line != "---") return line;
  }
  return {};
}

}  // namespace

Value parse_toml(const std::string& name, std::string text, const Limits& limits) {
  text.erase(0, text.size() - text::without_byte_order_mark(text).size());
  const auto source = std::make_shared<const diag::Source>(name, std::move(text));
  if (source->text.size() > limits.bytes)
    refuse({source, 0, 0}, fmt::format("{} bytes are more than the limit of {} bytes",
                                       source->text.size(), limits.bytes));
  refuse_deep_keys(source);
  refuse_letters_beyond_ascii(source);
  try {
    Value value = converted_table(source, toml::parse(source->text, name));
    if (value.expanded_size() > limits.nodes)
      refuse({source, 0, 0}, fmt::format("more than {} values", limits.nodes));
    return value;
  } catch (const toml::parse_error& error) {
    refuse(place_of(source, error.source()),
           fmt::format("not valid TOML: {}", without_quotes(error.description())));
  } catch (const BrokenTomlDocument&) {
    refuse({source, 0, 0}, "not valid TOML");
  }
}

Notation notation_of(std::string_view name, std::string_view text) {
  const auto ends_with = [name](std::string_view end) { return name.ends_with(end); };
  if (ends_with(".toml")) return Notation::toml;
  if (ends_with(".json") || ends_with(".yaml") || ends_with(".yml")) return Notation::yaml_or_json;
  std::string_view line = first_line_that_counts(text);
  if (line.starts_with('[')) return Notation::toml;
  const auto sign = line.find_first_of("=:{");
  const bool assigns = sign != std::string_view::npos && line[sign] == '=';
  return assigns ? Notation::toml : Notation::yaml_or_json;
}

Value parse_any_notation(const std::string& name, std::string text, const Limits& limits) {
  if (text.size() <= limits.bytes && first_line_that_counts(text).empty())
    return Value::mapping({}, diag::whole_file(name));
  if (notation_of(name, text) == Notation::toml) return parse_toml(name, std::move(text), limits);
  return parse_document(name, std::move(text), limits);
}

}  // namespace sconectl::yaml
