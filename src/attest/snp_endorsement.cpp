// The extensions of VCEKs and VLEKs: 1.3.6.1.4.1.3704.1 and below.
#include <optional>
#include <string_view>

#include "attest/refuse.hpp"
#include "attest/snp_chain.hpp"
#include "sconectl/crypto/der.hpp"

namespace sconectl::attest {
namespace {

using crypto::Certificate;

constexpr std::uint8_t der_integer = 0x02;
constexpr std::uint8_t der_octets = 0x04;
constexpr std::uint8_t der_ia5 = 0x16;

constexpr std::string_view check_product = "S12 product of the certificate";
constexpr std::string_view check_versions = "S13 versions in the certificate";
constexpr std::string_view check_chip = "S15 chip or provider";

std::optional<std::string> amd_extension(const Certificate& leaf, std::string_view suffix) {
  return leaf.extension(fmt::format("1.3.6.1.4.1.3704.1.{}", suffix));
}

/// The content of the only element, if it has this tag.
std::optional<std::string> only_element(std::string_view bytes, std::uint8_t tag) {
  const auto element = crypto::next_der(bytes);
  if (!element || element->tag != tag || !bytes.empty()) return std::nullopt;
  return std::string(element->content);
}

/// 0...255 as DER writes it: from 128 on with a zero in front.
std::optional<int> small_integer(std::string_view bytes) {
  const auto content = only_element(bytes, der_integer);
  if (!content || content->empty() || content->size() > 2) return std::nullopt;
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>((*content)[i]); };
  if (content->size() == 1) return at(0) < 0x80 ? std::optional<int>(at(0)) : std::nullopt;
  return at(0) == 0 && at(1) >= 0x80 ? std::optional<int>(at(1)) : std::nullopt;
}

void judge_product(const Certificate& leaf, SnpProduct product) {
  const int form = product == SnpProduct::turin ? 1 : 0;
  const auto version = amd_extension(leaf, "1");
  if (!version || small_integer(*version) != form)
    not_genuine(check_product, fmt::format("structVersion is not {}", form));
  const auto extension = amd_extension(leaf, "2");
  const auto name = extension ? only_element(*extension, der_ia5) : std::nullopt;
  const std::string wanted(text::word(product));
  // The stepping behind the name is not that of the chip.
  if (!name || (*name != wanted && !name->starts_with(wanted + "-")))
    not_genuine(check_product, fmt::format("productName is not '{}'", wanted));
}

int version_part(const Certificate& leaf, std::string_view suffix, std::string_view name) {
  const auto extension = amd_extension(leaf, suffix);
  if (!extension) not_genuine(check_versions, fmt::format("{} is missing", name));
  const auto value = small_integer(*extension);
  if (!value) not_genuine(check_versions, fmt::format("{} is no number from 0 to 255", name));
  return *value;
}

SnpTcb versions_in(const Certificate& leaf, SnpProduct product) {
  SnpTcb result;
  result.bootloader = version_part(leaf, "3.1", "blSPL");
  result.tee = version_part(leaf, "3.2", "teeSPL");
  result.snp = version_part(leaf, "3.3", "snpSPL");
  result.microcode = version_part(leaf, "3.8", "ucodeSPL");
  for (const std::string_view reserved : {"3.4", "3.5", "3.6", "3.7"})
    if (amd_extension(leaf, reserved) && version_part(leaf, reserved, "a reserved SPL") != 0)
      not_genuine(check_versions, "a reserved SPL is not 0");
  if (product == SnpProduct::turin)
    result.fmc = version_part(leaf, "3.9", "fmcSPL");
  else if (amd_extension(leaf, "3.9"))
    not_genuine(check_versions, "fmcSPL is there, which only Turin has");
  return result;
}

/// Raw bytes; a tagged OCTET STRING is taken too. The length decides, because an id may begin like
/// a tag.
std::string chip_in(const Certificate& leaf, SnpProduct product) {
  const std::size_t size = product == SnpProduct::turin ? 8 : 64;
  const auto extension = amd_extension(leaf, "4");
  if (!extension) not_genuine(check_chip, "the certificate names no chip (hwID)");
  if (extension->size() == size) return *extension;
  const auto tagged = only_element(*extension, der_octets);
  if (tagged && tagged->size() == size) return *tagged;
  not_genuine(check_chip, fmt::format("hwID has not {} bytes", size));
}

std::string provider_in(const Certificate& leaf) {
  const auto extension = amd_extension(leaf, "5");
  const auto name = extension ? only_element(*extension, der_ia5) : std::nullopt;
  if (!name || name->empty()) not_genuine(check_chip, "the certificate names no provider (CSP_ID)");
  return *name;
}

}  // namespace

SnpEndorsement endorsement_of(const Certificate& leaf, SnpProduct product, session::SnpKey key) {
  judge_product(leaf, product);
  SnpEndorsement result;
  result.tcb = versions_in(leaf, product);
  if (key == session::SnpKey::vcek) {
    result.hw_id = chip_in(leaf, product);
    return result;
  }
  result.csp_id = provider_in(leaf);
  if (amd_extension(leaf, "4")) not_genuine(check_chip, "a VLEK belongs to no chip, and has hwID");
  return result;
}

}  // namespace sconectl::attest
