#include "manifest/read.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/text/ascii.hpp"
#include "sconectl/text/image_reference.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::manifest {
namespace {

void split_words(const Text& list, std::vector<Text>& out) {
  for (const std::string_view part : text::split(list.text, ','))
    if (const auto word = text::trimmed(part); !word.empty())
      out.push_back({std::string(word), list.at});
}

}  // namespace

std::optional<Text> optional_text(yaml::MapReader& reader, std::string_view key) {
  auto text = reader.text(key);
  if (!text) return std::nullopt;
  return Text{std::move(*text), reader.value().find(key)->location()};
}

Text required_text(yaml::MapReader& reader, std::string_view key) {
  if (reader.require(key) == nullptr) return {"", reader.value().location()};
  auto text = optional_text(reader, key);
  if (!text) return {"", reader.value().location()};
  if (text->text.empty())
    reader.out().error(text->at, fmt::format("'{}' must not be empty", reader.path(key)));
  return std::move(*text);
}

std::vector<Text> texts(yaml::MapReader& reader, std::string_view key) {
  std::vector<Text> result;
  const yaml::Value* found = reader.find(key);
  if (found == nullptr) return result;
  if (found->is_scalar()) return {{found->text(), found->location()}};
  const auto& items = reader.list(key);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].is_scalar()) {
      result.push_back({items[i].text(), items[i].location()});
    } else if (!items[i].is_null()) {
      reader.error(items[i], fmt::format("'{}' must be text, this is {}", reader.item_path(key, i),
                                         kind_name(items[i])));
    }
  }
  return result;
}

std::vector<Text> words(yaml::MapReader& reader, std::string_view key) {
  std::vector<Text> result;
  for (const Text& item : texts(reader, key)) split_words(item, result);
  return result;
}

Variable variable(yaml::MapReader& reader) {
  Variable result;
  const bool older_form = reader.value().find("name") == nullptr && reader.value().find("key");
  const Text name = required_text(reader, older_form ? "key" : "name");
  reader.ignore("name");
  result.name = name.text;
  result.at = result.value_at = name.at;
  if (name.text.find_first_of(std::string_view("=\0\n", 3)) != std::string::npos)
    reader.out().error(name.at, "the name of a variable can not hold '=' or a line break");
  if (auto value = optional_text(reader, "value")) {
    result.value = std::move(value->text);
    result.value_at = value->at;
  }
  return result;
}

std::vector<Variable> variables(yaml::MapReader& reader, std::string_view key) {
  std::vector<Variable> result;
  const auto& items = reader.list(key);
  for (std::size_t i = 0; i < items.size(); ++i) {
    yaml::MapReader item(items[i], reader.item_path(key, i), reader.what(), reader.out());
    if (!item.value().is_mapping()) {
      if (items[i].is_null())
        reader.error(items[i], fmt::format("'{}' is empty", reader.item_path(key, i)));
      continue;
    }
    result.push_back(variable(item));
    item.finish();
  }
  return result;
}

std::optional<diag::Location> required_attestation(yaml::MapReader& reader) {
  std::optional<diag::Location> result;
  for (const std::string_view key : {"require_attestation", "require-attestation"}) {
    const yaml::Value* found = reader.value().find(key);
    if (found != nullptr && found->is_null())
      reader.error(*found,
                   fmt::format("'{}' has no value: write 'true' or 'false'", reader.path(key)));
    if (reader.boolean(key).value_or(false)) result = found->location();
  }
  return result;
}

void check_reference(const Text& reference, std::string_view path, diag::Diagnostics& out) {
  if (reference.text.empty()) return;
  const std::string fault = text::image_reference_fault(reference.text);
  if (!fault.empty())
    out.error(reference.at, fmt::format("'{}' is not an image reference: it {}", path, fault));
}

void check_word(const std::optional<Text>& word, std::string_view path, diag::Diagnostics& out) {
  if (!word) return;
  const bool odd = std::any_of(word->text.begin(), word->text.end(),
                               [](char c) { return c == ' ' || text::is_control(c); });
  if (odd)
    out.error(word->at,
              fmt::format("'{}' holds a blank or a control character: write one word", path));
}

}  // namespace sconectl::manifest
