// Variants of confidential virtual machines and what else tee/1 adds (XA-001 to XA-015).
#include <fmt/core.h>

#include <algorithm>
#include <initializer_list>
#include <limits>

#include "sconectl/diag/error.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/text/number.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sections.hpp"

namespace sconectl::session {
namespace {

constexpr std::string_view any_value = "any";

/// The items of a value or list; an empty list is a mistake (XA-002).
std::vector<yaml::Value> items_of(Reader& map, std::string_view key) {
  const yaml::Value* given = map.find(key);
  if (given != nullptr && given->is_sequence() && given->items().empty())
    map.refuse(key, "is an empty list");
  return map.one_or_more_values(key);
}

std::string path_of_item(Reader& map, std::string_view key, std::size_t index) {
  return map.value().find(key)->is_sequence() ? map.item_path(key, index) : map.path(key);
}

/// Each item is a value, as `read(value, path)` has it, or a placeholder.
template <typename T, typename Read>
std::vector<Setting<T>> read_items(Reader& map, std::string_view key, const Read& read) {
  std::vector<Setting<T>> result;
  const auto values = items_of(map, key);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string path = path_of_item(map, key, i);
    auto item = setting_of<T>(values[i], path, map.context(),
                              [&](const yaml::Value& value) { return read(value, path); });
    if (item) result.push_back(*std::move(item));
  }
  return result;
}

/// `mrconfigid` also in the length of SHA-256, with zeros behind it (XA-006).
std::optional<std::string> pinned_value(const yaml::Value& value, const std::string& path,
                                        std::size_t bytes, bool short_too, Context& context) {
  constexpr std::size_t digest = 32;
  if (value.is_scalar() && value.text() == any_value) {
    context.error(value, fmt::format("'{}': 'any' stands for the whole value, not for an item of a "
                                     "list",
                                     path));
    return std::nullopt;
  }
  if (!short_too || !value.is_scalar() || value.text().size() != 2 * digest)
    return hex_of(value, path, bytes, context);
  auto text = hex_of(value, path, digest, context);
  if (text) text->append(2 * (bytes - digest), '0');
  return text;
}

template <typename Variant>
Pins read_pins(Reader& map, const PinField<Variant>& field) {
  Pins result;
  const yaml::Value* given = map.find(field.key);
  if (given == nullptr) {
    if (field.absent == Absent::mistake)
      map.error(map.value(),
                fmt::format("'{}' is missing: give its values, or 'any'", map.path(field.key)));
    return result;
  }
  if (given->is_scalar() && given->text() == any_value) {
    if (field.absent == Absent::unchecked)
      map.refuse(field.key, "can not be 'any'; leave it out, and it is not checked");
    result.any = true;
    return result;
  }
  result.values = read_items<std::string>(
      map, field.key, [&](const yaml::Value& value, const std::string& path) {
        return pinned_value(value, path, field.bytes, field.key == "mrconfigid", map.context());
      });
  return result;
}

bool pins_nothing(std::initializer_list<const Pins*> identities) {
  return std::all_of(identities.begin(), identities.end(),
                     [](const Pins* pins) { return pins->values.empty(); });
}

std::optional<std::uint32_t> read_number_in(Reader& map, std::string_view key, std::uint32_t low,
                                            std::uint32_t high) {
  const yaml::Value* value = map.find(key);
  if (value == nullptr) return std::nullopt;
  return number_of(*value, map.path(key), low, high, map.context());
}

void read_key(Reader& map, SnpVariant& variant) {
  if (const yaml::Value* key = map.find("key"))
    variant.key = enum_of<SnpKey>(*key, map.path("key"), map.context()).value_or(SnpKey::vcek);
  variant.csp_id = read_items<std::string>(map, "csp_id",
                                           [&](const yaml::Value& value, const std::string& path) {
                                             return text_of(value, path, map.context());
                                           });
  if (variant.key == SnpKey::vlek && !map.has("csp_id"))
    map.refuse("key", "can be 'vlek' only with 'csp_id': every provider has such keys");
  if (variant.key == SnpKey::vcek && map.has("csp_id"))
    map.refuse("csp_id", "needs 'key: vlek': the key of a chip names no provider");
}

std::optional<SnpFirmware> read_firmware(Reader& map) {
  const yaml::Value* value = map.find("firmware");
  if (value == nullptr) return std::nullopt;
  const auto text = text_of(*value, map.path("firmware"), map.context());
  if (!text) return std::nullopt;
  SnpFirmware result{};
  std::string_view rest = *text;
  bool good = true;
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::size_t end = i + 1 < result.size() ? rest.find('.') : rest.size();
    const auto part = text::number<std::uint32_t>(rest.substr(0, end));
    good = good && end != std::string_view::npos && part && *part <= 255;
    if (!good) break;
    result.at(i) = *part;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (good) return result;
  map.refuse("firmware", "must be a version such as 1.55.29");
  return std::nullopt;
}

std::optional<MinTcb> read_minimum(const yaml::Value& value, const std::string& path,
                                   Context& context) {
  constexpr std::uint32_t largest = 255;
  Reader map(value, path, context);
  MinTcb result;
  std::optional<CpuLine> cpu;
  if (const yaml::Value* given = map.require("cpu"))
    cpu = enum_of<CpuLine>(*given, map.path("cpu"), context);
  const auto part = [&](std::string_view key) {
    return map.require(key) == nullptr ? 0U : read_number_in(map, key, 0, largest).value_or(0);
  };
  result.bootloader = part("bootloader");
  result.tee = part("tee");
  result.snp = part("snp");
  result.microcode = part("microcode");
  if (cpu && has_fmc(*cpu)) result.fmc = part("fmc");
  if (cpu && !has_fmc(*cpu))
    map.refuse("fmc", fmt::format("is a part of Turin only, not of {}", text::word(*cpu)));
  map.ignore("fmc");
  result.firmware = read_firmware(map);
  map.finish();
  if (!cpu) return std::nullopt;
  result.cpu = *cpu;
  return result;
}

}  // namespace

std::optional<TdxVariant> read_tdx_variant(const yaml::Value& value, const std::string& path,
                                           Context& context) {
  Reader map(value, path, context);
  TdxVariant variant;
  if (!value.is_mapping()) return variant;
  variant.place.at = value.location();
  const std::size_t errors = context.out.errors();
  for (const auto& field : tdx_fields) variant.*field.pins = read_pins(map, field);
  map.finish();
  if (context.out.errors() == errors &&
      pins_nothing({&variant.mrtd, &variant.rtmr1, &variant.rtmr2}))
    context.error(value,
                  fmt::format("'{}' pins nothing: mrtd, rtmr1 or rtmr2 needs a value", path));
  return variant;
}

std::optional<SnpVariant> read_snp_variant(const yaml::Value& value, const std::string& path,
                                           Context& context) {
  Reader map(value, path, context);
  SnpVariant variant;
  if (!value.is_mapping()) return variant;
  variant.place.at = value.location();
  const std::size_t errors = context.out.errors();
  for (const auto& field : snp_fields) variant.*field.pins = read_pins(map, field);
  variant.guest_svn_min =
      read_number_in(map, "guest_svn_min", 0, std::numeric_limits<std::uint32_t>::max())
          .value_or(0);
  variant.vmpl = read_number_in(map, "vmpl", 0, 3).value_or(0);
  read_key(map, variant);
  variant.policy =
      read_items<SnpPolicy>(map, "policy", [&](const yaml::Value& item, const std::string& at) {
        return enum_of<SnpPolicy>(item, at, map.context());
      });
  variant.mitigations = map.hex("mitigations", 8);
  variant.version_min = read_number_in(map, "version_min", 2, 5).value_or(3);
  if (variant.version_min == 4) map.refuse("version_min", "must be 2, 3 or 5");
  map.finish();
  if (context.out.errors() == errors &&
      pins_nothing({&variant.measurement, &variant.id_key, &variant.author_key}))
    context.error(
        value,
        fmt::format("'{}' pins nothing: measurement, id_key or author_key needs a value", path));
  return variant;
}

MinTcb parse_min_tcb(std::string_view text) {
  const auto value = yaml::parse_document("min_tcb", std::string(text));
  diag::Diagnostics out;
  Context context{.out = out};
  const auto result = read_minimum(value, "min_tcb", context);
  out.throw_if_errors();
  if (!result) throw diag::Error(diag::ErrorKind::invalid, "'min_tcb' names no processor");
  return *result;
}

std::vector<Setting<MinTcb>> read_min_tcb(Reader& map) {
  std::vector<Setting<MinTcb>> result;
  std::vector<CpuLine> seen;
  const auto values = items_of(map, "min_tcb");
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string path = path_of_item(map, "min_tcb", i);
    auto item = setting_of<MinTcb>(values[i], path, map.context(), [&](const yaml::Value& value) {
      return read_minimum(value, path, map.context());
    });
    if (!item) continue;
    if (const auto* minimum = std::get_if<MinTcb>(&*item)) {
      if (std::find(seen.begin(), seen.end(), minimum->cpu) != seen.end())
        map.error(values[i],
                  fmt::format("'{}': {} is given twice", path, text::word(minimum->cpu)));
      seen.push_back(minimum->cpu);
    }
    result.push_back(*std::move(item));
  }
  return result;
}

}  // namespace sconectl::session
