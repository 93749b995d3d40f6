// Any bytes as what stands in certificates of enclaves and platforms: Gramine's own extension, DICE
// evidence from outside to inside, and what Intel writes into the certificate of a platform.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "judged.hpp"
#include "sconectl/attest/ra_tls.hpp"
#include "sconectl/attest/verdict.hpp"
#include "sconectl/crypto/der.hpp"

namespace {

using namespace sconectl;
using fuzz::judged;

enum Tag : std::uint8_t { octets = 4, object_id = 6, sequence = 0x30, extensions = 0xA3 };

constexpr std::string_view dice_id("\x67\x81\x05\x05\x04\x09");
constexpr std::string_view gramine_id("\x06\x09\x2a\x86\x48\x86\xf8\x4d\x8a\x39\x06");
constexpr std::string_view pck_id("\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x01");

/// Gramine's extension is the quote, which is not read here: short ones show as much.
constexpr std::size_t longest_quote = 64;

/// A certificate whose extensions are replaced; nobody looks at its own signature here.
class Form {
 public:
  Form() {
    const auto key = crypto::PrivateKey::generate(crypto::KeyType::p256);
    crypto::CertificateProfile profile;
    profile.common_name = "RATLS";
    const std::string der = crypto::issue(profile, key.public_key(), key).der();
    std::string_view rest = der;
    std::string_view parts = crypto::next_der(rest)->content;
    std::string_view signed_parts = crypto::next_der(parts)->content;
    after_ = parts;
    while (const auto part = crypto::next_der(signed_parts))
      if (part->tag != extensions) before_ += part->whole;
  }

  [[nodiscard]] crypto::Certificate with(std::string_view id, std::string_view content) const {
    const std::string extension = crypto::der_element(
        sequence, crypto::der_element(object_id, id) + crypto::der_element(octets, content));
    const std::string list =
        crypto::der_element(extensions, crypto::der_element(sequence, extension));
    return crypto::Certificate::from_der(
        crypto::der_element(sequence, crypto::der_element(sequence, before_ + list) + after_));
  }

 private:
  std::string before_;
  std::string after_;
};

std::string cbor_bytes(std::string_view bytes) {
  std::string head("\x5a");
  for (unsigned shift = 32; shift > 0;) {
    shift -= 8;
    head += static_cast<char>(bytes.size() >> shift & 0xFFU);
  }
  return head.append(bytes);
}

/// Evidence in a certificate: the same each time, and never that of two keys.
void evidence(std::string_view id, const std::string& content) {
  static const Form ours;
  static const Form of_another;
  const auto read = [&](const Form& form) {
    return judged([&] { return attest::ra_tls_evidence(form.with(id, content)); });
  };
  const auto found = read(ours);
  if (!found) return;
  fuzz::require(found->report_data.size() == 64 && found->report_data.ends_with(std::string(32, 0)),
                "a hash and zeros");
  const auto again = read(ours);
  fuzz::require(again && again->quote == found->quote && again->report_data == found->report_data,
                "the same certificate has the same evidence");
  const auto others = read(of_another);
  fuzz::require(!others || others->report_data != found->report_data, "evidence is about one key");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string tag("\xd9\xea\x60", 3);
  if (size <= longest_quote) evidence(gramine_id, bytes);
  evidence(dice_id, bytes);
  evidence(dice_id, tag + bytes);
  evidence(dice_id, tag + "\x82" + cbor_bytes("quote") + cbor_bytes(bytes));
  evidence(dice_id, tag + "\x82" + cbor_bytes("quote") +
                        cbor_bytes("\xa1\x6bpubkey-hash" + cbor_bytes(bytes)));
  static const Form form;
  const auto pck = form.with(pck_id, bytes);
  const auto platform = judged([&] { return attest::platform_of(pck); });
  if (!platform) return 0;
  fuzz::require(platform->fmspc.size() == 6 && platform->pce_id.size() == 2, "sizes of ids");
  for (const int component : platform->components)
    fuzz::require(component >= 0 && component <= 255, "a component is a byte");
  return 0;
}
