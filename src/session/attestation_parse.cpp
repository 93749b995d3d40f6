// `attestation` and `platforms` of services (SL-083 to SL-097, XA-001, XA-015).
#include <fmt/core.h>

#include "sconectl/text/ascii.hpp"

#include "sections.hpp"

namespace sconectl::session {
namespace {

constexpr std::uint32_t largest_number = 65535;

std::optional<Number> read_number(Reader& map, std::string_view key) {
  const yaml::Value* value = map.find(key);
  if (value == nullptr) return std::nullopt;
  return setting_of<std::uint32_t>(*value, map.path(key), map.context(), [&](const auto& number) {
    return number_of(number, map.path(key), 0, largest_number, map.context());
  });
}

std::optional<EnclaveSigner> read_enclave_signer(const yaml::Value& value, const std::string& path,
                                                 Context& context) {
  Reader map(value, path, context);
  EnclaveSigner signer;
  if (const auto* mrsigner = map.require("mrsigner")) {
    if (mrsigner->is_scalar() && whole_placeholder(mrsigner->text()))
      signer.mrsigner = mrsigner->text();
    else
      signer.mrsigner = hex_of(*mrsigner, map.path("mrsigner"), 32, context).value_or("");
  }
  const bool has_product = map.require("isvprodid") != nullptr;
  signer.isvprodid = has_product ? read_number(map, "isvprodid").value_or(0U) : Number(0U);
  signer.isvsvn = read_number(map, "isvsvn");
  signer.isvsvn_min = read_number(map, "isvsvn_min");
  signer.isvsvn_max = read_number(map, "isvsvn_max");
  if (signer.isvsvn && (signer.isvsvn_min || signer.isvsvn_max))
    map.refuse("isvsvn", "excludes 'isvsvn_min' and 'isvsvn_max'");
  const auto* low = signer.isvsvn_min ? std::get_if<std::uint32_t>(&*signer.isvsvn_min) : nullptr;
  const auto* high = signer.isvsvn_max ? std::get_if<std::uint32_t>(&*signer.isvsvn_max) : nullptr;
  if (low != nullptr && high != nullptr && *low > *high)
    map.refuse("isvsvn_min", "is larger than 'isvsvn_max'");
  map.finish();
  if (signer.mrsigner.empty()) return std::nullopt;  // which was reported: nothing follows from it
  return signer;
}

std::vector<Setting<std::string>> read_measurements(Reader& map) {
  std::vector<Setting<std::string>> result;
  const yaml::Value* given = map.find("mrenclave");
  if (given == nullptr) return result;
  if (given->is_sequence() && given->items().empty()) map.refuse("mrenclave", "is an empty list");
  const auto values = map.one_or_more_values("mrenclave");
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string path =
        given->is_sequence() ? map.item_path("mrenclave", i) : map.path("mrenclave");
    auto item = setting_of<std::string>(values[i], path, map.context(), [&](const auto& value) {
      return hex_of(value, path, 32, map.context());
    });
    if (item && std::holds_alternative<Placeholder>(*item))
      map.context().since(10, values[i], path);
    if (item) result.push_back(*std::move(item));
  }
  return result;
}

/// A variant is of one kind (XA-001): an enclave can not be a virtual machine too.
void check_kind(Reader& map, const std::string& path) {
  const bool enclave = map.has("mrenclave") || map.has("signer");
  const int kinds = (enclave ? 1 : 0) + (map.has("tdx") ? 1 : 0) + (map.has("snp") ? 1 : 0);
  if (kinds == 0)
    map.error(map.value(), fmt::format("'{}' needs 'mrenclave' or 'signer', or 'tdx' or 'snp' for "
                                       "a confidential virtual machine",
                                       path));
  if (kinds > 1)
    map.error(map.value(),
              fmt::format("'{}' mixes kinds of evidence: 'tdx', 'snp' and enclaves ('mrenclave', "
                          "'signer') are items of the list of their own, of which one has to match",
                          path));
}

std::optional<AttestationVariant> read_variant(const yaml::Value& value, const std::string& path,
                                               Context& context) {
  Reader map(value, path, context);
  AttestationVariant variant;
  variant.mrenclave = read_measurements(map);
  if (const auto* signer = map.find("signer"))
    variant.signer = setting_of<EnclaveSigner>(
        *signer, map.path("signer"), context,
        [&](const auto& given) { return read_enclave_signer(given, map.path("signer"), context); });
  if (const auto* tdx = map.find("tdx"))
    variant.tdx = setting_of<TdxVariant>(*tdx, map.path("tdx"), context, [&](const auto& given) {
      return read_tdx_variant(given, map.path("tdx"), context);
    });
  if (const auto* snp = map.find("snp"))
    variant.snp = setting_of<SnpVariant>(*snp, map.path("snp"), context, [&](const auto& given) {
      return read_snp_variant(given, map.path("snp"), context);
    });
  if (value.is_mapping()) check_kind(map, path);
  map.finish();
  return variant;
}

bool is_identifier(std::string_view text) {
  constexpr std::string_view intel = "INTEL_QE_ID:";
  if (text.starts_with(intel)) return text::is_hex(text.substr(intel.size()), 32);
  if (text.starts_with(amd_chip_prefix)) {
    const auto chip = text.substr(amd_chip_prefix.size());
    return text::is_hex(chip, 128) || text::is_hex(chip, 16);  // Milan and Genoa; Turin
  }
  // The public key of a SCONE quoting enclave, before product version 7.0.
  return text::is_hex(text, 64);
}

std::string normal_identifier(const std::string& text) {
  const std::size_t digits = text.find(':') + 1;  // 0 without a prefix
  return text.substr(0, digits) + text::lower(text.substr(digits));
}

}  // namespace

std::vector<Setting<AttestationVariant>> read_attestation(const yaml::Value& value,
                                                          const std::string& path,
                                                          Context& context) {
  std::vector<Setting<AttestationVariant>> result;
  const auto add = [&](const yaml::Value& item, const std::string& item_path) {
    auto variant = setting_of<AttestationVariant>(item, item_path, context, [&](const auto& given) {
      return read_variant(given, item_path, context);
    });
    if (variant) result.push_back(*std::move(variant));
  };
  if (!value.is_sequence()) {
    add(value, path);
    return result;
  }
  for (std::size_t i = 0; i < value.items().size(); ++i)
    add(value.items()[i], fmt::format("{}[{}]", path, i));
  return result;
}

std::vector<std::string> read_platforms(const yaml::Value& value, const std::string& path,
                                        Context& context) {
  std::vector<std::string> result;
  const std::vector<yaml::Value> one{value};
  const auto& list = value.is_sequence() ? value.items() : one;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string item = fmt::format("{}[{}]", path, i);
    const auto text = text_of(list[i], item, context);
    if (!text) continue;
    if (whole_placeholder(*text)) {
      context.since(10, list[i], item);
      result.push_back(*text);
    } else if (is_identifier(*text)) {
      result.push_back(normal_identifier(*text));
    } else {
      context.error(list[i],
                    fmt::format("'{}' must be INTEL_QE_ID: and 32 hex digits, AMD_CHIP_ID: and 128 "
                                "(Turin: 16), or the 64 hex digits of a SCONE quoting enclave's "
                                "public key",
                                item));
    }
  }
  return result;
}

}  // namespace sconectl::session
