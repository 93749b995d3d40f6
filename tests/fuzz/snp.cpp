// Any bytes as a report of an SNP guest, as a host's table of certificates, as each of the
// certificates of a report, and as one of AMD's for a chip.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "attest/snp_chain.hpp"
#include "require.hpp"
#include "sconectl/attest/snp_report.hpp"
#include "sconectl/attest/snp_verdict.hpp"
#include "sconectl/attest/variant_match.hpp"
#include "sconectl/diag/error.hpp"

namespace {

using namespace sconectl;

/// Nothing but these two kinds of errors comes of evidence.
template <typename Read>
void judged(Read read) {
  try {
    read();
  } catch (const diag::Error& error) {
    fuzz::require(
        error.kind() == diag::ErrorKind::invalid || error.kind() == diag::ErrorKind::refused,
        "what can not be read is invalid, what is not genuine is refused");
  }
}

/// The given bytes over zeros, with what a report has to have.
attest::SnpReport some_report(const std::string& bytes) {
  std::string report = bytes.substr(0, attest::snp_report_size);
  report.resize(attest::snp_report_size, '\0');
  try {
    return attest::parse_snp_report(report);
  } catch (const diag::Error&) {
    std::fill(report.begin(), report.end(), '\0');
    report[0] = 3;
    report[0x0A] = 2;
    report[0x34] = 1;
    report[0x188] = 0x19;
    report[0x189] = 0x01;
    return attest::parse_snp_report(report);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  judged([&] {
    const attest::SnpReport report = attest::parse_snp_report(bytes);
    fuzz::require(bytes.starts_with(report.signed_bytes), "what is signed stands in front");
    fuzz::require(report.signature.size() == 96, "r and s have 48 bytes each");
  });
  const attest::SnpReport report = some_report(bytes);
  judged([&] {
    const attest::SnpCertificates table = attest::parse_certificate_table(bytes);
    static_cast<void>(attest::verify_snp(report, table, {}, {.at = {}, .test_root = {}}));
    fuzz::require(false, "no report is genuine without AMD");
  });
  for (auto member : std::array{&attest::SnpCertificates::ark, &attest::SnpCertificates::ask,
                                &attest::SnpCertificates::vcek, &attest::SnpCertificates::crl})
    judged([&] {
      attest::SnpCertificates all;
      all.*member = bytes;
      static_cast<void>(attest::verify_snp(report, all, {}, {.at = {}, .test_root = {}}));
      fuzz::require(false, "no report is genuine without AMD");
    });
  judged([&] {  // as if it were issued by AMD
    const auto leaf = crypto::Certificate::from_der(bytes);
    for (const auto product : {attest::SnpProduct::milan, attest::SnpProduct::turin})
      for (const auto key : {session::SnpKey::vcek, session::SnpKey::vlek})
        judged([&] {
          const auto endorsed = attest::endorsement_of(leaf, product, key);
          fuzz::require(endorsed.hw_id.empty() == (key == session::SnpKey::vlek),
                        "a VCEK names a chip, a VLEK does not");
          fuzz::require(endorsed.csp_id.empty() == (key == session::SnpKey::vcek),
                        "a VLEK names a provider, a VCEK does not");
        });
    static_cast<void>(leaf.extensions());
  });
  const attest::SnpVerdict verdict;
  const auto variant = attest::variant_for(report, verdict);
  fuzz::require(
      attest::mismatch(report, verdict, variant) == std::nullopt ||
          report.author_key_enabled == (report.author_key_digest == std::string(48, '\0')),
      "what was measured fits what is pinned");
  return 0;
}
