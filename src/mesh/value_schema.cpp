#include "mesh/value_schema.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <regex>
#include <string_view>
#include <vector>

#include "sconectl/diag/suggest.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::mesh {
namespace {

using yaml::Value;

/// The library's regular expressions call themselves for every character: a long text would end
/// the program.
constexpr std::size_t longest_matched = 4096;

/// As JSON calls it. A number or truth value in quotes is text.
std::string_view json_type(const Value& value) {
  if (value.is_mapping()) return "object";
  if (value.is_sequence()) return "array";
  if (value.is_null()) return "null";
  if (!value.plain()) return "string";
  if (yaml::boolean(value)) return "boolean";
  if (yaml::integer(value)) return "integer";
  if (value.text().size() > longest_matched) return "string";
  static const std::regex number("[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?");
  return std::regex_match(value.text(), number) ? "number" : "string";
}

bool is_type(const Value& value, std::string_view wanted) {
  const std::string_view type = json_type(value);
  return type == wanted || (wanted == "number" && type == "integer");
}

std::vector<std::string> texts_of(const Value& value) {
  if (value.is_scalar()) return {value.text()};
  std::vector<std::string> result;
  for (const Value& item : value.items()) result.push_back(item.text());
  return result;
}

std::vector<std::string> keys_of(const Value& mapping) {
  std::vector<std::string> result;
  for (const yaml::Entry& entry : mapping.entries()) result.push_back(entry.key);
  return result;
}

/// A pattern that this library does not know is left to helm, and so is a long text.
bool matches(const Value& value, const Value& pattern) try {
  if (value.text().size() > longest_matched) return true;
  return std::regex_search(value.text(), std::regex(pattern.text()));
} catch (const std::regex_error&) {
  return true;
}

/// Schemas of others may refer to themselves.
constexpr int most_choices_within_choices = 20;

class SchemaJudge {
 public:
  SchemaJudge(const Value& root, diag::Diagnostics& out) : root_(root), out_(out) {}

  void judge(const Value& given, const Value& value, const std::string& path) {
    const Value& schema = resolved(given);
    if (value.is_null()) return;  // takes the chart's own value away
    const std::string fault = fault_of(schema, value);
    if (!fault.empty()) {
      out_.error(value.location(), fmt::format("'{}' {}{}", path, fault, described(schema)));
      return;
    }
    for (const yaml::Entry& entry : value.entries()) judge_entry(schema, entry, path);
    if (const Value* items = schema.find("items"))
      for (std::size_t i = 0; i < value.items().size(); ++i)
        judge(*items, value.items()[i], fmt::format("{}[{}]", path, i));
  }

 private:
  const Value& resolved(const Value& schema) const {
    constexpr std::string_view definitions = "#/definitions/";
    const Value* reference = schema.find("$ref");
    const Value* all = root_.find("definitions");
    if (reference == nullptr || all == nullptr || !reference->text().starts_with(definitions))
      return schema;
    const Value* found = all->find(reference->text().substr(definitions.size()));
    return found == nullptr ? schema : *found;
  }

  void judge_entry(const Value& schema, const yaml::Entry& entry, const std::string& path) {
    const std::string inner = fmt::format("{}.{}", path, entry.key);
    if (const Value* names = schema.find("propertyNames"))
      judge(*names, Value::scalar(entry.key, false, entry.key_location), inner);
    const Value* properties = schema.find("properties");
    if (const Value* known = properties == nullptr ? nullptr : properties->find(entry.key))
      return judge(*known, entry.value, inner);
    const Value* others = schema.find("additionalProperties");
    if (others == nullptr) return;
    if (others->is_mapping()) return judge(*others, entry.value, inner);
    if (yaml::boolean(*others).value_or(true)) return;
    const auto names = properties == nullptr ? std::vector<std::string>{} : keys_of(*properties);
    out_.error(entry.key_location, fmt::format("the chart has no value '{}'{}", inner,
                                               diag::did_you_mean(entry.key, names)));
  }

  /// "" if it is as the schema wants it, without looking into it.
  std::string fault_of(const Value& schema, const Value& value, int depth = 0) const {
    if (const Value* type = schema.find("type")) {
      const auto wanted = texts_of(*type);
      if (std::none_of(wanted.begin(), wanted.end(),
                       [&](const std::string& one) { return is_type(value, one); }))
        return fmt::format("must be of type {}", fmt::join(wanted, " or "));
    }
    if (const Value* words = schema.find("enum")) {
      if (std::none_of(words->items().begin(), words->items().end(), [&](const Value& word) {
            return word.text() == value.text() && json_type(word) == json_type(value);
          }))
        return fmt::format("must be one of {}", fmt::join(texts_of(*words), ", "));
    }
    if (const Value* choices = schema.find("anyOf");
        choices != nullptr && depth < most_choices_within_choices) {
      if (std::none_of(choices->items().begin(), choices->items().end(), [&](const Value& choice) {
            return fault_of(resolved(choice), value, depth + 1).empty();
          }))
        return "has another form";
    }
    return value.is_scalar() ? scalar_fault(schema, value) : "";
  }

  static std::string scalar_fault(const Value& schema, const Value& value) {
    const auto bound = [&](const char* keyword) -> std::optional<long long> {
      const Value* limit = schema.find(keyword);
      return limit == nullptr ? std::nullopt : yaml::integer(*limit);
    };
    if (const auto number = yaml::integer(value); number && json_type(value) == "integer") {
      if (const auto least = bound("minimum"); least && *number < *least)
        return fmt::format("must be {} or more", *least);
      if (const auto most = bound("maximum"); most && *number > *most)
        return fmt::format("must be {} or less", *most);
    }
    if (json_type(value) != "string") return "";
    const auto size = static_cast<long long>(value.text().size());
    if (const auto least = bound("minLength"); least && size < *least) return "must not be empty";
    if (const auto most = bound("maxLength"); most && size > *most)
      return fmt::format("must have at most {} characters", *most);
    if (const Value* pattern = schema.find("pattern");
        pattern != nullptr && !matches(value, *pattern))
      return fmt::format("must match {}", pattern->text());
    return "";
  }

  static std::string described(const Value& schema) {
    const Value* text = schema.find("description");
    return text == nullptr ? "" : fmt::format(" ({})", text->text());
  }

  const Value& root_;
  diag::Diagnostics& out_;
};

}  // namespace

void judge_values_by(const Value& schema, const Value& values, const std::string& path,
                     diag::Diagnostics& out) {
  SchemaJudge(schema, out).judge(schema, values, path);
}

}  // namespace sconectl::mesh
