// Recorded and made quotes against the verdicts that Intel's library has for them, where the
// collection of vectors lies beside that of public files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "sconectl/attest/verdict.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "support/property.hpp"
#include "support/repository.hpp"

namespace sconectl::attest {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;

fs::path vectors(const fs::path& part) {
  return test::corpus(fs::path("../vectors/dcap") / part).lexically_normal();
}

std::string bytes_of(const fs::path& file) {
  std::ostringstream text;
  if (fs::exists(file)) text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

Collateral collateral_in(const fs::path& folder) {
  return {.tcb_info = bytes_of(folder / "tcbInfo.json"),
          .qe_identity = bytes_of(folder / "qeIdentity.json"),
          .signing_chain = bytes_of(folder / "tcbSignChain.pem"),
          .root_crl = bytes_of(folder / "rootCaCrl.der"),
          .pck_crl = bytes_of(folder / "intermediateCaCrl.der"),
          .pck_chain = bytes_of(folder / "pckCert.pem") + bytes_of(folder / "pckSignChain.pem")};
}

crypto::Time at(int year, int month, int day) {
  return std::chrono::sys_days{std::chrono::year{year} / month / day};
}

struct Recorded {
  const char* folder;
  TcbStatus status;
  std::vector<std::string> advisories;  ///< without "INTEL-"
  crypto::Time time;
  bool test_root = false;
};

Verdict verdict_of(const fs::path& folder, crypto::Time time, bool test_root) {
  VerificationOptions options{.at = time, .test_root = {}};
  if (test_root)
    options.test_root = crypto::Certificate::from_pem(bytes_of(folder / "trustedRootCaCert.pem"));
  return verify(parse_quote(bytes_of(folder / "quote.bin")), collateral_in(folder), options);
}

const std::vector<std::string> eval21 = {
    "SA-00960", "SA-00982", "SA-00986", "SA-01010", "SA-01036", "SA-01076", "SA-01079", "SA-01099",
    "SA-01103", "SA-01111", "SA-01192", "SA-01245", "SA-01312", "SA-01313", "SA-01314", "SA-01397"};

TEST(Dcap, EV001_to_EV011_recorded_quotes_have_the_verdicts_of_intels_library) {
  NEEDS_CORPUS("../vectors/dcap");
  using enum TcbStatus;
  const Recorded all[] = {
      {"sgx-v3-automata-solana",
       configuration_and_sw_hardening_needed,
       {"SA-00289", "SA-00615"},
       at(2025, 5, 10)},
      {"sgx-v3-azure-eval17-2025-06",
       out_of_date,
       {"SA-00615", "SA-00657", "SA-00767", "SA-00828", "SA-00837", "SA-00960"},
       at(2025, 6, 20)},
      {"sgx-v3-azure-eval18-2025-06",
       out_of_date,
       {"SA-00615", "SA-00657", "SA-00767", "SA-00828", "SA-00837", "SA-00960", "SA-01079",
        "SA-01103"},
       at(2025, 6, 20)},
      {"sgx-v3-azure-eval19-2025-06",
       out_of_date,
       {"SA-00615", "SA-00657", "SA-00767", "SA-00828", "SA-00837", "SA-00960", "SA-01079",
        "SA-01103", "SA-01153"},
       at(2025, 6, 20)},
      {"sgx-v3-fortanix-2020-05", sw_hardening_needed, {}, at(2020, 5, 20)},
      {"sgx-v3-intel-sample", up_to_date, {}, at(2020, 1, 1), true},
      {"sgx-v3-oasis-2022-12", sw_hardening_needed, {"SA-00615", "SA-00657"}, at(2022, 12, 20)},
      {"sgx-v3-phala-2025-06",
       configuration_and_sw_hardening_needed,
       {"SA-00289", "SA-00615"},
       at(2025, 6, 20)},
      {"sgx-v3-teepot-azure-2023-05", sw_hardening_needed, {"SA-00615"}, at(2023, 5, 16)},
      {"sgx-v3-teepot-outofdate-2023-05", out_of_date, {}, at(2023, 5, 10)},
      {"sgx-v3-teepot-swhardening-2023-05", sw_hardening_needed, {}, at(2023, 5, 10)},
      {"sgx-v3-teepot-vault-2023-06", sw_hardening_needed, {"SA-00615"}, at(2023, 6, 22)},
      {"tdx-v4-automata-dcaprs",
       out_of_date,
       {"SA-00960", "SA-00982", "SA-00986"},
       at(2025, 2, 14)},
      {"tdx-v4-automata-solana", out_of_date, {"SA-00960", "SA-00982", "SA-00986"}, at(2025, 7, 8)},
      {"tdx-v4-google-spr-e4", not_supported, {}, at(2023, 6, 20)},
      {"tdx-v4-oasis-outOfDate", not_supported, {}, at(2023, 6, 20)},
      {"tdx-v4-oasis-upToDate", up_to_date, {}, at(2024, 9, 3)},
      {"tdx-v4-phala-2025-06", up_to_date, {}, at(2025, 6, 20)},
      {"tdx-v4-teepot-2024-12", up_to_date, {}, at(2024, 12, 6)},
      {"tdx-v5-google-sample", up_to_date, {}, at(2026, 2, 2)},
      {"tdx-v5-oe-eval21", out_of_date, eval21, at(2026, 6, 13)},
      {"tdx-v5-oe-relaunch", td_relaunch_advised, {"SA-01036", "SA-01099"}, at(2025, 2, 27)},
      {"tdx-v5-phala-2026-02", not_supported, {}, at(2026, 2, 19)},
  };
  for (const Recorded& each : all) {
    SCOPED_TRACE(each.folder);
    try {
      const Verdict verdict = verdict_of(vectors(each.folder), each.time, each.test_root);
      EXPECT_EQ(text::word(verdict.status), text::word(each.status));
      std::vector<std::string> advisories;
      for (const std::string& one : each.advisories) advisories.push_back("INTEL-" + one);
      EXPECT_THAT(verdict.advisories, ElementsAreArray(advisories));
      EXPECT_THAT(verdict.not_current, IsEmpty());
    } catch (const diag::Error& error) {
      ADD_FAILURE() << error.text();
    }
  }
}

struct Made {
  const char* folder;
  const char* outcome;  ///< a status, or what the refusal says
};

TEST(Dcap, made_quotes_with_one_fault_each) {
  NEEDS_CORPUS("../vectors/dcap");
  const Made all[] = {
      {"v3-ConfigurationAndSWHardeningNeeded", "ConfigurationAndSWHardeningNeeded"},
      {"v3-ConfigurationNeeded", "ConfigurationNeeded"},
      {"v3-OutOfDate", "OutOfDate"},
      {"v3-OutOfDateConfigurationNeeded", "OutOfDateConfigurationNeeded"},
      {"v3-Revoked", "Revoked"},
      {"v3-SWHardeningNeeded", "SWHardeningNeeded"},
      {"v3-UpToDate", "UpToDate"},
      {"v3-bad-attestation-key", "attestation key"},
      {"v3-bad-auth-data", "does not vouch for the attestation key"},
      {"v3-bad-body", "quote: the attestation key did not sign it"},
      {"v3-bad-qe-report", "quoting enclave: the platform's key did not sign its report"},
      {"v3-bad-qe-signature", "quoting enclave: the platform's key did not sign its report"},
      {"v3-bad-quote-signature", "quote: the attestation key did not sign it"},
      {"v3-bad-tcbinfo", "TCB info: its signature"},
      {"v3-bad-vendor", "the vendor of the quoting enclave"},
      {"v3-debug", "UpToDate"},
      {"v3-other-root", "chain: it does not end in the given test root"},
      {"v3-pck-revoked", "Revoked"},
      {"v3-processor-UpToDate", "UpToDate"},
      {"v3-qe-OutOfDate", "OutOfDate"},
      {"v3-qe-OutOfDate-config", "OutOfDateConfigurationNeeded"},
      {"v3-qe-Revoked", "Revoked"},
      {"v3-trailing", "UpToDate"},
      {"v3-truncated", "quote: ends within"},
      {"v4-UpToDate", "UpToDate"},
  };
  for (const Made& each : all) {
    SCOPED_TRACE(each.folder);
    std::string outcome;
    try {
      const Verdict verdict = verdict_of(vectors("synthetic") / each.folder, at(2026, 1, 1), true);
      outcome = text::word(verdict.status);
      EXPECT_EQ(outcome, each.outcome);
      EXPECT_THAT(verdict.missing, IsEmpty());
      EXPECT_THAT(verdict.not_current, IsEmpty());
      EXPECT_EQ(verdict.debug, std::string(each.folder) == "v3-debug");
    } catch (const diag::Error& error) {
      EXPECT_THAT(error.text(), HasSubstr(each.outcome));
    }
  }
}

TEST(Dcap, a_test_root_is_not_intels) {
  NEEDS_CORPUS("../vectors/dcap");
  try {
    verdict_of(vectors("synthetic/v3-UpToDate"), at(2026, 1, 1), false);
    FAIL() << "it was accepted";
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::refused);
    EXPECT_THAT(error.text(), HasSubstr("it does not end in Intel's SGX root"));
  }
}

TEST(Dcap, EV012_what_is_missing_or_not_valid_at_the_time_is_said) {
  NEEDS_CORPUS("../vectors/dcap");
  EXPECT_THAT(verdict_of(vectors("tdx-v5-google-sample"), at(2026, 2, 2), false).missing,
              ElementsAreArray({"TCB signing chain", "QE identity", "root CRL", "PCK CRL"}));
  const auto folder = vectors("sgx-v3-phala-2025-06");
  EXPECT_THAT(verdict_of(folder, at(2025, 8, 1), false).not_current,
              Contains("TCB info ended at 2025-07-19T10:56:11Z"));
  EXPECT_THAT(verdict_of(folder, at(2025, 6, 19), false).not_current,
              Contains("TCB info begins at 2025-06-19T10:56:11Z"));
}

/// Whatever bit of a quote is another one: it is refused, or the bit means nothing.
TEST(Dcap, EV001_EV004_every_bit_of_a_quote_counts) {
  NEEDS_CORPUS("../vectors/dcap");
  const auto folder = vectors("synthetic/v3-UpToDate");
  const std::string quote = bytes_of(folder / "quote.bin");
  Collateral collateral = collateral_in(folder);
  collateral.pck_chain.clear();  // or the quote's type of certification data would not matter
  const VerificationOptions options{
      .at = at(2026, 1, 1),
      .test_root = crypto::Certificate::from_pem(bytes_of(folder / "trustedRootCaCert.pem"))};
  const Quote whole = parse_quote(quote);
  // The chain in the quote is text: blanks and what stands around certificates mean nothing.
  const std::size_t end = quote.size() - whole.trailing - whole.certification_data.size();
  std::size_t judged = 0;
  for (std::size_t bit = 0; bit < end * 8; bit += test::property_stride) {
    const std::string changed = test::with_bit_flipped(quote, bit);
    ++judged;
    try {
      static_cast<void>(verify(parse_quote(changed), collateral, options));
      ADD_FAILURE() << "bit " << bit << " may be changed";
    } catch (const diag::Error&) {
      continue;
    }
  }
  EXPECT_GT(judged, 8000U / test::property_stride);
}

}  // namespace
}  // namespace sconectl::attest
