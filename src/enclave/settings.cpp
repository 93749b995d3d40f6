#include "sconectl/enclave/settings.hpp"

#include <array>
#include <limits>

#include "enclave/toml_reading.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::enclave {
namespace {

/// A feature of the processor that needs state of its own.
struct CpuFeature {
  std::string_view name;
  std::uint64_t xfrm;
  /// Without a word about it: a feature that protects is "disabled", the others are left open.
  bool protects;
};
constexpr std::array<CpuFeature, 5> cpu_features{{{"avx", 0x4, false},
                                                  {"avx512", 0xe4, false},
                                                  {"amx", 0x60000, false},
                                                  {"mpx", 0x18, true},
                                                  {"pkru", 0x200, true}}};

constexpr std::size_t digest_size = 32;

void read_cpu_features(TomlReading& manifest, EnclaveStatement& statement) {
  for (const CpuFeature& feature : cpu_features) {
    const std::string path = fmt::format("sgx.cpu_features.{}", feature.name);
    const std::string word =
        manifest.value<std::string>(path, feature.protects ? "disabled" : "unspecified", "a text");
    if (word == "required") {
      statement.attribute_xfrm |= feature.xfrm;
      statement.attribute_xfrm_mask |= feature.xfrm;
    } else if (word == "disabled") {
      statement.attribute_xfrm &= ~feature.xfrm;
      statement.attribute_xfrm_mask |= feature.xfrm;
    } else if (word != "unspecified" || feature.protects) {
      manifest.error(manifest.find(path),
                     fmt::format("'{}' can not be '{}', only 'required', 'disabled'{}", path, word,
                                 feature.protects ? "" : " or 'unspecified'"));
    }
  }
}

/// A whole number within bounds; the default where it is another one.
template <typename Number>
Number whole_number(TomlReading& manifest, std::string_view path, Number otherwise,
                    std::int64_t least = 0) {
  const auto number = manifest.value<std::int64_t>(path, otherwise, "a whole number");
  if (number >= least && number <= std::int64_t{std::numeric_limits<Number>::max()})
    return static_cast<Number>(number);
  manifest.error(manifest.find(path),
                 fmt::format("'{}' is a number from {} to {}, this is {}", path, least,
                             std::numeric_limits<Number>::max(), number));
  return otherwise;
}

bool is_digest(const toml::node* node) {
  const auto text = node == nullptr ? std::nullopt : node->value_exact<std::string>();
  const auto bytes = text ? crypto::unhex(*text) : std::nullopt;
  return bytes && bytes->size() == digest_size;
}

void require_final(TomlReading& manifest) {
  constexpr std::string_view hint =
      "; the manifest is not final: 'sconectl signer measure' makes it so";
  if (!is_digest(manifest.find("loader.entrypoint.sha256")))
    manifest.error(manifest.find("loader.entrypoint"),
                   fmt::format("'loader.entrypoint' has no 'sha256'{}", hint));
  const toml::node* files = manifest.find("sgx.trusted_files");
  if (files == nullptr) return;
  if (!files->is_array()) {
    manifest.error(files, "'sgx.trusted_files' has to be a list");
    return;
  }
  for (const toml::node& file : *files->as_array()) {
    const toml::table* entry = file.as_table();
    if (entry == nullptr || !is_digest(entry->get("sha256")))
      manifest.error(&file, fmt::format("a trusted file has no 'sha256'{}", hint));
  }
}

}  // namespace

std::uint64_t size_of(const std::string& words) {
  std::string_view digits = words;
  unsigned shift = 0;
  if (digits.ends_with('K')) shift = 10;
  if (digits.ends_with('M')) shift = 20;
  if (digits.ends_with('G')) shift = 30;
  if (shift != 0) digits.remove_suffix(1);
  const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
  const auto number = hexadecimal ? text::number<std::uint64_t>(digits.substr(2), 16)
                                  : text::number<std::uint64_t>(digits);
  if (!number || *number > std::numeric_limits<std::uint64_t>::max() >> shift)
    throw diag::Error(
        diag::ErrorKind::invalid,
        fmt::format("'{}' is no size; sizes are numbers with K, M or G behind them", words));
  return *number << shift;
}

EnclaveSettings settings_of(const std::string& name, const std::string& manifest) {
  TomlReading reading(name, manifest);
  EnclaveSettings result;
  require_final(reading);
  const auto flag = [&](const char* path) {
    return reading.value<bool>(path, false, "true or false");
  };
  result.shape.edmm = flag("sgx.edmm_enable");
  result.shape.threads = whole_number<std::uint32_t>(reading, "sgx.max_threads", 4, 1);
  const std::string size = reading.value<std::string>(
      "sgx.enclave_size", result.shape.edmm ? "1024G" : "256M", "a text such as \"256M\"");
  try {
    result.shape.size = size_of(size);
  } catch (const diag::Error& error) {
    reading.error(reading.find("sgx.enclave_size"), error.text());
  }
  if (flag("sgx.debug")) result.statement.attribute_flags |= attribute_debug;
  if (flag("sgx.use_exinfo")) result.statement.misc_select |= 1;
  result.statement.product_id = whole_number<std::uint16_t>(reading, "sgx.isvprodid", 0);
  result.statement.svn = whole_number<std::uint16_t>(reading, "sgx.isvsvn", 0);
  read_cpu_features(reading, result.statement);
  reading.out().throw_if_errors();
  return result;
}

}  // namespace sconectl::enclave
