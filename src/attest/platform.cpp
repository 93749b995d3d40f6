#include <map>

#include "attest/refuse.hpp"
#include "sconectl/attest/verdict.hpp"
#include "sconectl/crypto/der.hpp"

namespace sconectl::attest {
namespace {

constexpr const char* extension = "1.2.840.113741.1.13.1";
/// 1.2.840.113741.1.13.1 as DER has it; everything within stands below it.
constexpr std::string_view base = "\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x01";
enum Tag : std::uint8_t { boolean = 1, integer = 2, octets = 4, object_id = 6, sequence = 0x30 };

[[noreturn]] void fail(std::string_view why) {
  unreadable("extension 1.2.840.113741.1.13.1 of the PCK certificate", why);
}

crypto::DerElement next(std::string_view& rest, std::uint8_t tag) {
  const auto element = crypto::next_der(rest);
  if (!element || element->tag != tag) fail("it is not built as Intel's");
  return *element;
}

/// A SEQUENCE of {OID, value}: the values by the last number of their OID.
std::map<std::uint8_t, crypto::DerElement> items(std::string_view content, std::string_view above) {
  std::map<std::uint8_t, crypto::DerElement> result;
  while (!content.empty()) {
    std::string_view pair = next(content, sequence).content;
    const std::string_view id = next(pair, object_id).content;
    const auto value = crypto::next_der(pair);
    if (!value || !pair.empty() || id.size() != above.size() + 1 || !id.starts_with(above))
      fail("it is not built as Intel's");
    if (!result.emplace(static_cast<std::uint8_t>(id.back()), *value).second)
      fail("a part of it stands there twice");
  }
  return result;
}

class Items {
 public:
  Items(std::string_view content, std::string_view above) : items_(items(content, above)) {}

  [[nodiscard]] const crypto::DerElement* find(std::uint8_t number, std::uint8_t tag) const {
    const auto found = items_.find(number);
    if (found == items_.end()) return nullptr;
    if (found->second.tag != tag) fail(fmt::format("part {} has another type", number));
    return &found->second;
  }
  [[nodiscard]] std::string_view content(std::uint8_t number, std::uint8_t tag) const {
    const auto* const element = find(number, tag);
    if (element == nullptr) fail(fmt::format("part {} is missing", number));
    return element->content;
  }
  [[nodiscard]] std::string bytes(std::uint8_t number, std::size_t size) const {
    const auto value = content(number, octets);
    if (value.size() != size) fail(fmt::format("part {} has not {} bytes", number, size));
    return std::string(value);
  }
  [[nodiscard]] int number(std::uint8_t number, int largest) const {
    const auto value = content(number, integer);
    int result = 0;
    if (value.empty() || value.size() > 3 || (value[0] & 0x80) != 0)
      fail(fmt::format("part {} is no small number", number));
    for (const char byte : value) result = result * 256 + static_cast<unsigned char>(byte);
    if (result > largest) fail(fmt::format("part {} is larger than {}", number, largest));
    return result;
  }
  [[nodiscard]] std::optional<bool> flag(std::uint8_t number) const {
    const auto* const element = find(number, boolean);
    if (element == nullptr) return std::nullopt;
    if (element->content.size() != 1) fail(fmt::format("part {} is no truth value", number));
    return element->content[0] != 0;
  }

 private:
  std::map<std::uint8_t, crypto::DerElement> items_;
};

}  // namespace

Platform platform_of(const crypto::Certificate& pck) {
  const auto found = pck.extension(extension);
  if (!found) fail("it is missing");
  std::string_view rest = *found;
  const auto whole = next(rest, sequence);
  if (!rest.empty()) fail("something follows it");
  const Items parts(whole.content, base);
  Platform result;
  const std::string tcb_id = std::string(base) + '\x02';
  const Items tcb(parts.content(2, sequence), tcb_id);
  for (std::size_t i = 0; i < result.components.size(); ++i)
    result.components.at(i) = tcb.number(static_cast<std::uint8_t>(i + 1), 255);
  result.pce_svn = tcb.number(17, 65535);
  result.pce_id = parts.bytes(3, 2);
  result.fmspc = parts.bytes(4, 6);
  if (const auto* configuration = parts.find(7, sequence)) {
    const std::string configuration_id = std::string(base) + '\x07';
    const Items flags(configuration->content, configuration_id);
    result.dynamic = flags.flag(1);
    result.cached_keys = flags.flag(2);
    result.smt = flags.flag(3);
  }
  return result;
}

}  // namespace sconectl::attest
