#include "sconectl/yaml/map_reader.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/diag/suggest.hpp"
#include "sconectl/yaml/sensitivity.hpp"

namespace sconectl::yaml {
namespace {

const std::vector<Value> no_items;
const std::vector<Entry> no_entries;

}  // namespace

MapReader::MapReader(const Value& value, std::string path, std::string what, diag::Diagnostics& out)
    : value_(value), path_(std::move(path)), what_(std::move(what)), out_(out) {
  if (value_.is_mapping() || value_.is_null()) return;
  out_.error(value_.location(),
             fmt::format("{} must be a mapping, this is {}",
                         path_.empty() ? "a " + what_ : "'" + path_ + "'", kind_name(value_)));
  value_ = Value::null(value_.location());
}

std::string MapReader::path(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

std::string MapReader::item_path(std::string_view key, std::size_t index) const {
  return fmt::format("{}[{}]", path(key), index);
}

const Value* MapReader::find(std::string_view key) {
  known_.push_back(key);
  const Value* found = value_.find(key);
  return found == nullptr || found->is_null() ? nullptr : found;
}

const Value* MapReader::require(std::string_view key) {
  const Value* found = find(key);
  if (found != nullptr) return found;
  const Value* null_value = value_.find(key);
  const auto& at = null_value != nullptr ? null_value->location() : value_.location();
  out_.error(at, fmt::format("'{}' is missing", path(key)));
  return nullptr;
}

std::optional<std::string> MapReader::text(std::string_view key) {
  const Value* found = find(key);
  if (found == nullptr) return std::nullopt;
  if (found->is_scalar()) return found->text();
  error(*found, fmt::format("'{}' must be text, this is {}", path(key), kind_name(*found)));
  return std::nullopt;
}

std::string MapReader::required_text(std::string_view key) {
  return require(key) != nullptr ? text(key).value_or("") : "";
}

std::optional<long long> MapReader::integer(std::string_view key) {
  const Value* found = find(key);
  if (found == nullptr) return std::nullopt;
  const auto result = yaml::integer(*found);
  if (!result) error(*found, fmt::format("'{}' must be an integer", path(key)));
  return result;
}

std::optional<bool> MapReader::boolean(std::string_view key) {
  const Value* found = find(key);
  if (found == nullptr) return std::nullopt;
  const auto result = yaml::boolean(*found);
  if (!result) error(*found, fmt::format("'{}' must be 'true' or 'false'", path(key)));
  return result;
}

std::vector<std::string> MapReader::texts(std::string_view key) {
  std::vector<std::string> result;
  const auto& items = list(key);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].is_scalar()) {
      result.push_back(items[i].text());
    } else {
      error(items[i],
            fmt::format("'{}' must be text, this is {}", item_path(key, i), kind_name(items[i])));
    }
  }
  return result;
}

const std::vector<Value>& MapReader::list(std::string_view key) {
  const Value* found = find(key);
  if (found == nullptr) return no_items;
  if (!found->is_sequence())
    error(*found, fmt::format("'{}' must be a list, this is {}", path(key), kind_name(*found)));
  return found->items();
}

const std::vector<Entry>& MapReader::entries(std::string_view key) {
  const Value* found = find(key);
  if (found == nullptr) return no_entries;
  if (!found->is_mapping())
    error(*found, fmt::format("'{}' must be a mapping, this is {}", path(key), kind_name(*found)));
  return found->entries();
}

std::optional<std::size_t> MapReader::word_index(std::string_view key,
                                                 std::span<const std::string_view> words) {
  const auto found = text(key);
  if (!found) return std::nullopt;
  const auto match = std::find(words.begin(), words.end(), *found);
  if (match != words.end()) return static_cast<std::size_t>(match - words.begin());
  error(*value_.find(key),
        fmt::format("'{}' can not be '{}', only {}{}", path(key), shown_key(*found),
                    text::quoted_list(words), diag::did_you_mean(*found, words)));
  return std::nullopt;
}

void MapReader::ignore(std::string_view key) {
  known_.push_back(key);
}

void MapReader::finish() {
  for (const Entry& entry : value_.entries()) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    out_.error(
        entry.key_location,
        fmt::format("unknown key '{}' in {}{}", path(shown_key(entry.key)), what_,
                    diag::did_you_mean(entry.key, std::span<const std::string_view>(known_))));
  }
}

}  // namespace sconectl::yaml
