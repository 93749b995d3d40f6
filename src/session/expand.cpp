#include "expand.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/yaml/sensitivity.hpp"

namespace sconectl::session {
namespace {

/// What a placeholder stands for; nothing if it is not known or refused.
std::optional<yaml::Value> replacement(const yaml::Value& scalar, const Placeholder& placeholder,
                                       const Values& values, const std::string& path,
                                       diag::Diagnostics& out) {
  try {
    auto value = values(placeholder);
    if (!value || !holds_placeholder(*value)) return value;
    out.error(scalar.location(),
              fmt::format("'{}': the value of {} holds a placeholder itself, which is not replaced "
                          "again",
                          path, placeholder.text()));
  } catch (const diag::Error& error) {
    out.error(scalar.location(), fmt::format("'{}': {}", path, error.text()));
  }
  return std::nullopt;
}

}  // namespace

bool holds_placeholder(const yaml::Value& value) {
  if (value.is_scalar()) {
    const auto parts = pieces(value.text());
    return std::any_of(parts.begin(), parts.end(),
                       [](const Piece& p) { return p.placeholder.has_value(); });
  }
  return std::any_of(value.items().begin(), value.items().end(), holds_placeholder) ||
         std::any_of(value.entries().begin(), value.entries().end(),
                     [](const yaml::Entry& entry) { return holds_placeholder(entry.value); });
}

yaml::Value value_of(const yaml::Node& node, const diag::Location& at) {
  if (const auto* text = node.text()) return yaml::Value::scalar(*text, false, at);
  if (const auto* scalar = node.verbatim()) return yaml::Value::scalar(scalar->text, true, at);
  if (const auto* items = node.items()) {
    std::vector<yaml::Value> result;
    for (const yaml::Node& item : *items) result.push_back(value_of(item, at));
    return yaml::Value::sequence(std::move(result), at);
  }
  if (const auto* entries = node.entries()) {
    std::vector<yaml::Entry> result;
    for (const auto& [key, value] : *entries) result.push_back({key, at, value_of(value, at)});
    return yaml::Value::mapping(std::move(result), at);
  }
  return yaml::Value::null(at);
}

yaml::Value expand(const yaml::Value& section, const Values& values, const std::string& path,
                   diag::Diagnostics& out) {
  if (section.is_scalar()) {
    const auto placeholder = whole_placeholder(section.text());
    if (!placeholder) return section;
    return replacement(section, *placeholder, values, path, out).value_or(section);
  }
  if (section.is_sequence()) {
    std::vector<yaml::Value> result;
    for (std::size_t i = 0; i < section.items().size(); ++i) {
      const yaml::Value& item = section.items()[i];
      yaml::Value expanded = expand(item, values, fmt::format("{}[{}]", path, i), out);
      if (item.is_scalar() && expanded.is_sequence())
        result.insert(result.end(), expanded.items().begin(), expanded.items().end());
      else
        result.push_back(std::move(expanded));
    }
    return yaml::Value::sequence(std::move(result), section.location());
  }
  if (section.is_mapping()) {
    std::vector<yaml::Entry> result;
    for (const yaml::Entry& entry : section.entries())
      result.push_back({entry.key, entry.key_location,
                        expand(entry.value, values, path + "." + yaml::shown_key(entry.key), out)});
    return yaml::Value::mapping(std::move(result), section.location());
  }
  return section;
}

}  // namespace sconectl::session
