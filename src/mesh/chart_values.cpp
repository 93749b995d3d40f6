#include "mesh/chart_values.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "sconectl/text/ascii.hpp"
#include "sconectl/text/number.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/yaml/parse.hpp"

namespace sconectl::mesh {
namespace {

yaml::Value values_in(const Chart& chart, const std::string& path) {
  const auto file = chart.find(path);
  if (file == chart.end() || file->second.text.empty()) return {};
  return yaml::parse_document(path, file->second.text);
}

/// Whether the path ends somewhere, and where; a null on the way ends it.
const yaml::Value* value_at(const yaml::Value& value, ValuePath path) {
  const yaml::Value* result = &value;
  for (const std::string_view key : path) {
    result = result->find(key);
    if (result == nullptr || result->is_null()) return result;
  }
  return result;
}

}  // namespace

yaml::Value umbrella_values_in(const Chart& chart) {
  return values_in(chart, "values.yaml");
}

ChartValues::ChartValues(const yaml::Value& umbrella, const Chart& chart,
                         const ServiceInstance& service)
    : own_(values_in(chart, fmt::format("charts/{}/values.yaml", service.kubernetes_name))) {
  if (const auto* found = umbrella.find(service.kubernetes_name);
      found != nullptr && found->is_mapping())
    umbrella_ = *found;
}

const yaml::Value* ChartValues::find(ValuePath path) const {
  const yaml::Value* result = umbrella_ ? value_at(*umbrella_, path) : nullptr;
  if (result == nullptr) result = value_at(own_, path);
  return result == nullptr || result->is_null() ? nullptr : result;
}

std::string ChartValues::text(ValuePath path) const {
  const yaml::Value* found = find(path);
  return found == nullptr ? "" : found->text();
}

std::vector<std::string> ChartValues::texts(ValuePath path) const {
  std::vector<std::string> result;
  if (const yaml::Value* found = find(path))
    for (const yaml::Value& item : found->items()) result.push_back(item.text());
  return result;
}

std::optional<std::uint64_t> bytes_of(std::string_view quantity) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 8> units = {{
      {"Ki", std::uint64_t{1} << 10U},
      {"Mi", std::uint64_t{1} << 20U},
      {"Gi", std::uint64_t{1} << 30U},
      {"Ti", std::uint64_t{1} << 40U},
      {"k", 1'000},
      {"M", 1'000'000},
      {"G", 1'000'000'000},
      {"T", 1'000'000'000'000},
  }};
  std::uint64_t factor = 1;
  for (const auto& [unit, bytes] : units) {
    if (!quantity.ends_with(unit)) continue;
    quantity.remove_suffix(unit.size());
    factor = bytes;
    break;
  }
  const auto number = text::number<std::uint64_t>(quantity);
  if (!number || *number > std::numeric_limits<std::int64_t>::max() / factor) return std::nullopt;
  return *number * factor;
}

std::optional<std::string> processors_of(std::string_view quantity) {
  if (quantity.ends_with('m')) {
    const auto thousandths = text::number<std::uint32_t>(quantity.substr(0, quantity.size() - 1));
    if (!thousandths) return std::nullopt;
    return fmt::format("{}.{:03}", *thousandths / 1000, *thousandths % 1000);
  }
  const auto [whole, fraction] = text::cut(quantity, '.');
  const bool digits =
      !fraction ||
      (!fraction->empty() && std::all_of(fraction->begin(), fraction->end(), text::is_digit));
  if (!text::number<std::uint32_t>(whole) || !digits) return std::nullopt;
  return std::string(quantity);
}

}  // namespace sconectl::mesh
