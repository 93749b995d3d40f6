// What manufacturers publish: any bytes as each part of it, and genuine collateral with any changes
// to its bytes, which never make a platform better.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "attest/fake_platform.hpp"
#include "judged.hpp"
#include "sconectl/collateral/bundle.hpp"
#include "sconectl/crypto/crl.hpp"

namespace {

using namespace sconectl;
using attest::Collateral;
using fuzz::judged;

constexpr std::array parts{&Collateral::tcb_info,      &Collateral::qe_identity,
                           &Collateral::signing_chain, &Collateral::root_crl,
                           &Collateral::pck_crl,       &Collateral::pck_chain};

/// A quote and the lists that it is judged by.
struct Judged {
  explicit Judged(const test::FakePlatform& platform, attest::Tee tee)
      : quote(attest::parse_quote(platform.quote(tee))),
        collateral(platform.collateral(tee)),
        options{.at = platform.from + std::chrono::days{1}, .test_root = platform.root()},
        verdict(attest::verify(quote, collateral, options)) {}

  attest::Quote quote;
  Collateral collateral;
  attest::VerificationOptions options;
  attest::Verdict verdict;
};

/// Platforms that one would like to call up to date.
const Judged& bad_platform(unsigned choice) {
  static const auto revoked = [] {
    test::FakePlatform platform;
    platform.pck_revoked = true;
    return Judged(platform, attest::Tee::sgx);
  }();
  static const auto ca_revoked = [] {
    test::FakePlatform platform;
    platform.ca_revoked = true;
    return Judged(platform, attest::Tee::tdx);
  }();
  static const auto old = [] {
    test::FakePlatform platform;
    platform.tcb_status = "OutOfDate";
    platform.advisories = R"(["INTEL-SA-00615"])";
    platform.qe_status = "OutOfDate";
    return Judged(platform, attest::Tee::sgx);
  }();
  return choice == 0 ? revoked : choice == 1 ? ca_revoked : old;
}

/// The first byte chooses platform and part; each three more are where a byte changes, and to what.
void changed(std::string_view input) {
  if (input.empty()) return;
  const auto choice = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  const Judged& good = bad_platform(choice / parts.size() % 3);
  Collateral collateral = good.collateral;
  std::string& part = collateral.*parts.at(choice % parts.size());
  for (; input.size() >= 3 && !part.empty(); input.remove_prefix(3)) {
    const auto at = static_cast<std::size_t>(static_cast<unsigned char>(input[0]) * 256 +
                                             static_cast<unsigned char>(input[1]));
    part.at(at % part.size()) = input[2];
  }
  const auto verdict = judged([&] { return attest::verify(good.quote, collateral, good.options); });
  if (!verdict || !verdict->missing.empty() || !verdict->not_current.empty()) return;
  fuzz::require(verdict->status == good.verdict.status, "no change makes a platform better");
  fuzz::require(verdict->advisories == good.verdict.advisories, "no change hides an advisory");
}

std::string signed_json(const char* member, const std::string& text, const std::string& signature) {
  std::string result = "{\"";
  result.append(member).append("\":").append(text).append(",\"signature\":\"");
  return result.append(crypto::hex(signature)).append("\"}");
}

/// What was read of a list stands in the text that is signed, and nowhere else.
void read_alone(const std::string& text) {
  if (const auto info = judged([&] { return attest::parse_tcb_info(text); })) {
    fuzz::require(text.find(info->signed_text) != std::string::npos, "what is signed stands there");
    const auto again =
        attest::parse_tcb_info(signed_json("tcbInfo", info->signed_text, info->signature));
    fuzz::require(again.issued == info->issued && again.next_update == info->next_update &&
                      again.fmspc == info->fmspc && again.signed_text == info->signed_text &&
                      again.levels.size() == info->levels.size(),
                  "the signed text has all that it says");
  }
  if (const auto identity = judged([&] { return attest::parse_qe_identity(text); })) {
    const auto again = attest::parse_qe_identity(
        signed_json("enclaveIdentity", identity->signed_text, identity->signature));
    fuzz::require(again.id == identity->id && again.mr_signer == identity->mr_signer &&
                      again.next_update == identity->next_update &&
                      again.levels.size() == identity->levels.size(),
                  "the signed text has all that it says");
  }
  const auto list = judged([&] { return crypto::Crl::from_text(text); });
  const auto of_hex = judged([&] { return crypto::Crl::from_text(crypto::hex(text) + "\n"); });
  fuzz::require(!list || !of_hex || list->this_update() == of_hex->this_update(),
                "a list in hex is the list");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  read_alone(bytes);
  for (const auto part : parts)
    judged([&] {
      Collateral collateral;
      collateral.*part = bytes;
      const auto all = collateral::validity_of(collateral);
      fuzz::require(std::is_sorted(all.begin(), all.end(),
                                   [](const auto& a, const auto& b) { return a.until < b.until; }),
                    "the earliest end comes first");
      return true;
    });
  changed(bytes);
  return 0;
}
