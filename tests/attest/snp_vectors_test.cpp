// Recorded and made SNP reports against the outcomes that three other verifiers were compared with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "attest/snp_vectors.hpp"
#include "sconectl/attest/acceptance.hpp"
#include "sconectl/attest/variant_match.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "support/property.hpp"

namespace sconectl::attest {
namespace {

using test::SnpVector;

/// "S09" of a text that names a check.
std::string check_in(const std::string& text_of_error) {
  const std::string_view all = text_of_error;
  for (std::size_t at = all.find('S'); at != std::string::npos; at = all.find('S', at + 1))
    if (at + 2 < all.size() && text::is_digits(all.substr(at + 1, 2)))
      return std::string(all.substr(at, 3));
  return text_of_error;
}

std::string outcome_of(const SnpVector& vector) {
  const auto& policy = vector.policy();
  try {
    const SnpReport report = parse_snp_report(vector.report);
    const SnpVerdict verdict = verify_snp(report, vector.certificates, test::minimums_of(policy),
                                          test::options_of(vector));
    if (const auto wrong = mismatch(report, verdict, test::variant_of(policy)))
      return "refused " + wrong->substr(0, wrong->find(' '));
    if ((verdict.debug && !policy.value("debug", false)) ||
        (verdict.smt_allowed && !policy.value("smt", false)))
      return "refused S20";
    return std::string(text::word(verdict.status));
  } catch (const diag::Error& error) {
    return "refused " + check_in(error.text());
  }
}

/// What is seen differently here, for a reason.
const std::map<std::string, std::string> reviewed{
    // `mitigations` is a pin of the variant, not a part of the minimum.
    {"tcb-outofdate-mitigation", "refused EV-023"},
    // The report data and the list of platforms are judged where a service starts.
    {"report-data-second-half", "UpToDate"},
    {"report-data-zero", "UpToDate"},
    {"chip-not-listed", "UpToDate"},
    {"chip-masked-not-listed", "UpToDate"},
    // Sessions name neither products (a minimum per line does it) nor the version of the ABI.
    {"product-not-listed", "UpToDate"},
    {"policy-abi", "UpToDate"},
};

TEST(Snp, EV014_to_EV023_recorded_and_made_reports_have_the_outcomes_of_others) {
  NEEDS_CORPUS("../vectors/snp");
  auto all = test::read_snp_vectors("");
  EXPECT_EQ(all.size(), 17U);
  for (SnpVector& each : test::read_snp_vectors("synthetic")) all.push_back(std::move(each));
  EXPECT_GE(all.size(), 17U + 129U);
  std::size_t differences = 0;
  for (const SnpVector& each : all) {
    const auto known = reviewed.find(each.name);
    differences += known != reviewed.end() ? 1U : 0U;
    EXPECT_EQ(outcome_of(each), known != reviewed.end()
                                    ? known->second
                                    : each.expected.at("expect").get<std::string>())
        << each.name;
  }
  EXPECT_EQ(differences, reviewed.size());
}

TEST(Snp, EV023_what_is_measured_can_be_pinned) {
  NEEDS_CORPUS("../vectors/snp");
  auto all = test::read_snp_vectors("");
  for (const char* made : {"ok-id-block", "ok-milan-vlek", "ok-turin-vlek", "ok-genoa-v5"})
    all.push_back(test::read_snp_vector(test::snp_vectors() / "synthetic" / made));
  for (const SnpVector& each : all) {
    SCOPED_TRACE(each.name);
    const SnpReport report = parse_snp_report(each.report);
    const SnpVerdict verdict = verify_snp(report, each.certificates, {}, test::options_of(each));
    const auto variant = variant_for(report, verdict);
    EXPECT_EQ(mismatch(report, verdict, variant), std::nullopt);
    EXPECT_FALSE(variant.measurement.values.empty());
    EXPECT_EQ(variant.host_data.values.size(), each.policy().contains("host_data") ? 1U : 0U);
    SnpReport other = report;
    other.measurement[0] = static_cast<char>(other.measurement[0] + 1);
    EXPECT_EQ(mismatch(other, verdict, variant), "S21 measurement");
  }
}

TEST(Snp, EV016_a_made_root_is_not_amds) {
  NEEDS_CORPUS("../vectors/snp");
  SnpVector vector = test::read_snp_vector(test::snp_vectors() / "synthetic/ok-milan-v3");
  EXPECT_EQ(outcome_of(vector), "UpToDate");
  vector.expected.erase("roots");
  EXPECT_EQ(outcome_of(vector), "refused S07");
}

TEST(Snp, EV018_what_the_verdict_says_of_list_and_dates) {
  NEEDS_CORPUS("../vectors/snp");
  const SnpVector vector = test::read_snp_vector(test::snp_vectors() / "synthetic/ok-crl");
  const auto report = parse_snp_report(vector.report);
  auto options = test::options_of(vector);
  auto verdict = verify_snp(report, vector.certificates, {}, options);
  EXPECT_TRUE(verdict.crl_checked);
  EXPECT_EQ(verdict.validity.size(), 4U);
  EXPECT_EQ(verdict.status, SnpStatus::unknown);
  EXPECT_EQ(verdict.line, session::CpuLine::milan);
  EXPECT_EQ(verdict.hw_id.size(), 64U);
  EXPECT_EQ(verdict.csp_id, "");
  SnpCertificates without = vector.certificates;
  without.crl.clear();
  options.require_crl = false;
  EXPECT_FALSE(verify_snp(report, without, {}, options).crl_checked);
}

TEST(Snp, EV016_certificates_may_be_pem_and_have_to_be_there) {
  NEEDS_CORPUS("../vectors/snp");
  SnpVector vector = test::read_snp_vector(test::snp_vectors() / "synthetic/ok-milan-vlek");
  ASSERT_EQ(outcome_of(vector), "UpToDate");
  auto& all = vector.certificates;
  all.ark = crypto::Certificate::from_der(all.ark).pem();
  all.asvk = std::exchange(all.ask, "not looked at");
  EXPECT_EQ(outcome_of(vector), "UpToDate");
  const std::string ark = std::exchange(all.ark, all.ark + all.ark);
  EXPECT_EQ(outcome_of(vector), "refused S07");
  all.ark = ark;
  for (const auto& [member, check] : {std::pair{&SnpCertificates::vlek, "refused S10"},
                                      {&SnpCertificates::asvk, "refused S08"},
                                      {&SnpCertificates::ark, "refused S07"}}) {
    const std::string kept = std::exchange(all.*member, "");
    EXPECT_EQ(outcome_of(vector), check);
    all.*member = "not a certificate";
    EXPECT_EQ(outcome_of(vector), check);
    all.*member = kept;
  }
}

/// Nothing of a report is free: what is not signed has to be zero, or is the signature.
TEST(Snp, EV014_EV020_every_bit_of_a_report_counts) {
  NEEDS_CORPUS("../vectors/snp");
  const SnpVector vector = test::read_snp_vector(test::snp_vectors() / "synthetic/ok-milan-v3");
  const auto options = test::options_of(vector);
  for (std::size_t bit = 0; bit < vector.report.size() * 8; bit += test::property_stride) {
    const std::string changed = test::with_bit_flipped(vector.report, bit);
    try {
      static_cast<void>(verify_snp(parse_snp_report(changed), vector.certificates, {}, options));
      ADD_FAILURE() << "bit " << bit << " may be changed";
    } catch (const diag::Error&) {
      continue;
    }
  }
}

TEST(CertificateTable, EV015_tables_of_hosts) {
  NEEDS_CORPUS("../vectors/snp/auxblob");
  const auto folder = test::snp_vectors() / "auxblob";
  const auto expected = nlohmann::json::parse(test::file_text(folder / "expect.json"));
  EXPECT_GE(expected.size(), 18U);
  for (const auto& [name, outcome] : expected.items()) {
    std::string found = "ok";
    try {
      static_cast<void>(parse_certificate_table(test::file_text(folder / (name + ".bin"))));
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
      found = "refused " + error.text().substr(error.text().find(": A") + 2, 2);
    }
    EXPECT_EQ(found, outcome.get<std::string>()) << name;
  }
  const auto three = parse_certificate_table(test::file_text(folder / "ok-three.bin"));
  EXPECT_NE(three.vcek, "");
  EXPECT_EQ(crypto::Certificate::from_der(three.ark).common_name(), "ARK-Milan");
  EXPECT_EQ(crypto::Certificate::from_der(three.ask).common_name(), "SEV-Milan");
  EXPECT_EQ(three.vlek, "");
}

}  // namespace
}  // namespace sconectl::attest
