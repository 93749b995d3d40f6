// SNP reports and what sessions pin, made in memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sconectl/attest/acceptance.hpp"
#include "sconectl/attest/snp_report.hpp"
#include "sconectl/attest/variant_match.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::attest {
namespace {

using session::SnpVariant;
using session::TdxVariant;
using session::Tolerance;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Version 3 of a Milan; nothing but what has to be set.
std::string plain_report() {
  std::string bytes(snp_report_size, '\0');
  bytes[0] = 3;
  bytes[0x0A] = 2;  // bit 17 of the policy
  bytes[0x34] = 1;
  bytes[0x188] = 0x19;
  bytes[0x189] = 0x01;
  for (std::size_t i = 0x160; i < 0x180; ++i) bytes[i] = '\xFF';
  return bytes;
}

std::string with_byte(std::size_t at, int value) {
  std::string bytes = plain_report();
  bytes.at(at) = static_cast<char>(value);
  return bytes;
}

std::string fault_of(const std::string& bytes) {
  try {
    static_cast<void>(parse_snp_report(bytes));
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
    return error.text();
  }
  return "none";
}

TEST(SnpReport, EV014_what_is_no_report) {
  EXPECT_EQ(fault_of(plain_report()), "none");
  EXPECT_THAT(fault_of(""), HasSubstr("S01"));
  EXPECT_THAT(fault_of(plain_report() + '\0'), HasSubstr("S01"));
  for (const int version : {0, 1, 6})
    EXPECT_THAT(fault_of(with_byte(0, version)), HasSubstr("S02"));
  EXPECT_EQ(fault_of(with_byte(0, 4)), "none");
  EXPECT_EQ(fault_of(with_byte(0, 5)), "none");
  EXPECT_THAT(fault_of(with_byte(0x34, 2)), HasSubstr("S03"));
  for (const int key_info : {2, 2 << 2, 7 << 2, 1 << 5})
    EXPECT_THAT(fault_of(with_byte(0x48, key_info)), HasSubstr("S04")) << key_info;
  EXPECT_EQ(fault_of(with_byte(0x48, 1 << 2)), "none");
  EXPECT_THAT(fault_of(with_byte(0x0A, 0)), HasSubstr("S05"));
  EXPECT_THAT(fault_of(with_byte(0x0B, 4)), HasSubstr("S05"));
  for (const std::size_t reserved :
       {0x4CU, 0x18BU, 0x19FU, 0x1EBU, 0x1EFU, 0x1F8U, 0x29FU, 0x2D0U, 0x2E7U, 0x318U, 0x32FU,
        0x330U, 0x49FU, 0x3AU, 0x182U, 0x1E5U, 0x1F2U})
    EXPECT_THAT(fault_of(with_byte(reserved, 1)), HasSubstr("S05")) << reserved;
}

TEST(SnpReport, EV014_fields_of_their_versions) {
  std::string bytes = with_byte(0, 2);
  EXPECT_THAT(fault_of(bytes), HasSubstr("S05"));  // version 2 has no CPUID
  bytes[0x188] = bytes[0x189] = 0;
  EXPECT_EQ(parse_snp_report(bytes).cpu, std::nullopt);
  bytes = with_byte(0, 5);
  bytes[0x1F8] = 0x0B;
  EXPECT_EQ(parse_snp_report(bytes).launch_mitigations[0], '\x0B');
  bytes[0x208] = 1;
  EXPECT_THAT(fault_of(bytes), HasSubstr("S05"));
  bytes = with_byte(0x1EC, 29);
  bytes[0x1ED] = 55;
  bytes[0x1EE] = 1;
  EXPECT_EQ(parse_snp_report(bytes).committed_firmware, (session::SnpFirmware{1, 55, 29}));
  // r and s are little-endian there.
  bytes = with_byte(0x2A0, 7);
  bytes[0x2E8] = 9;
  const std::string signature = parse_snp_report(bytes).signature;
  EXPECT_EQ(signature.size(), 96U);
  EXPECT_EQ(signature[47], 7);
  EXPECT_EQ(signature[95], 9);
}

TEST(SnpReport, EV016_products_and_lines) {
  using enum session::CpuLine;
  EXPECT_EQ(product_of({0x19, 0x01, 1}), SnpProduct::milan);
  EXPECT_EQ(product_of({0x19, 0xA0, 2}), SnpProduct::genoa);
  EXPECT_EQ(product_of({0x1A, 0x11, 0}), SnpProduct::turin);
  for (const SnpCpu& other : {SnpCpu{0x1A, 0x50, 0}, {0x19, 0x50, 0}, {0x17, 0x31, 0}})
    EXPECT_EQ(product_of(other), std::nullopt);
  EXPECT_EQ(line_of({0x19, 0x01, 1}), milan);
  EXPECT_EQ(line_of({0x19, 0x01, 2}), milan_x);
  EXPECT_EQ(line_of({0x19, 0x11, 0}), genoa);
  EXPECT_EQ(line_of({0x19, 0x11, 2}), genoa_x);
  EXPECT_EQ(line_of({0x19, 0xA0, 2}), bergamo);
  EXPECT_EQ(line_of({0x1A, 0x02, 1}), turin);
  EXPECT_EQ(line_of({0x1A, 0x11, 0}), turin_dense);
  for (const SnpCpu& other : {SnpCpu{0x19, 0x01, 3}, {0x19, 0x02, 0}, {0x1A, 0x10, 0}})
    EXPECT_EQ(line_of(other), std::nullopt);
}

TEST(SnpReport, EV021_parts_of_a_tcb_by_product) {
  const std::string bytes("\x04\x01\x02\x18\x00\x00\x00\xDB", 8);
  EXPECT_EQ(snp_tcb(bytes, SnpProduct::turin), (SnpTcb{4, 1, 2, 0x18, 0xDB}));
  EXPECT_EQ(snp_tcb(bytes, SnpProduct::milan), std::nullopt);
  EXPECT_EQ(snp_tcb(std::string("\x04\x01\0\0\0\0\x18\xDB", 8), SnpProduct::genoa),
            (SnpTcb{0, 4, 1, 0x18, 0xDB}));
  EXPECT_TRUE(reaches({0, 4, 0, 24, 219}, {0, 4, 0, 24, 219}));
  for (const SnpTcb& higher :
       {SnpTcb{1, 4, 0, 24, 219}, SnpTcb{0, 5, 0, 24, 219}, SnpTcb{0, 4, 1, 24, 219},
        SnpTcb{0, 4, 0, 25, 219}, SnpTcb{0, 4, 0, 24, 220}})
    EXPECT_FALSE(reaches({0, 4, 0, 24, 219}, higher));
}

TEST(CertificateTable, EV015_no_bytes_are_no_certificates) {
  EXPECT_EQ(parse_certificate_table("").vcek, "");
  EXPECT_EQ(parse_certificate_table(std::string(24, '\0')).ark, "");
  try {
    static_cast<void>(parse_certificate_table(std::string((1U << 20U) + 1, '\0')));
    FAIL();
  } catch (const diag::Error& error) {
    EXPECT_THAT(error.text(), HasSubstr("A1"));
  }
}

session::Pins pin(std::string value) {
  session::Pins result;
  result.values.emplace_back(std::move(value));
  return result;
}

struct SnpMatch : testing::Test {
  SnpMatch() { variant.measurement = pin(std::string(96, '0')); }
  std::string found() {
    return mismatch(parse_snp_report(bytes), verdict, variant).value_or("fits");
  }
  std::string bytes = plain_report();
  SnpVerdict verdict;
  SnpVariant variant;
};

TEST_F(SnpMatch, EV023_what_is_not_named_has_to_be_zero) {
  EXPECT_EQ(found(), "fits");
  struct Field {
    std::size_t at;
    session::Pins SnpVariant::*pins;
    std::size_t bytes;
    const char* text;
  };
  for (const Field& field : {Field{0xC0, &SnpVariant::host_data, 32, "S22 host_data"},
                             {0xE0, &SnpVariant::id_key, 48, "S23 id_key"},
                             {0x10, &SnpVariant::family_id, 16, "S23 family_id"},
                             {0x20, &SnpVariant::image_id, 16, "S23 image_id"}}) {
    bytes = with_byte(field.at, 0xAB);
    EXPECT_EQ(found(), field.text);
    variant.*field.pins = pin("ab" + std::string(2 * field.bytes - 2, '0'));
    EXPECT_EQ(found(), "fits");
    variant.*field.pins = pin("ac" + std::string(2 * field.bytes - 2, '0'));
    EXPECT_EQ(found(), field.text);
    (variant.*field.pins).values.emplace_back(session::Placeholder("left"));
    EXPECT_EQ(found(), field.text);
    (variant.*field.pins).values.emplace_back("ab" + std::string(2 * field.bytes - 2, '0'));
    EXPECT_EQ(found(), "fits");
    variant.*field.pins = {.any = true, .values = {}};
    EXPECT_EQ(found(), "fits");
    variant.*field.pins = {};
  }
  bytes = with_byte(0x90, 1);
  EXPECT_EQ(found(), "S21 measurement");
}

TEST_F(SnpMatch, EV023_author_keys_count_with_their_flag_only) {
  bytes = with_byte(0x110, 0xAB);
  variant.author_key = pin("ab" + std::string(94, '0'));
  EXPECT_EQ(found(), "S23 author_key");
  bytes[0x48] = 1;
  EXPECT_EQ(found(), "fits");
  variant.author_key = {};
  EXPECT_EQ(found(), "S23 author_key");
  bytes = with_byte(0x48, 1);  // the flag alone
  EXPECT_EQ(found(), "S23 author_key");
}

TEST_F(SnpMatch, EV023_key_version_level_and_numbers) {
  verdict.key = session::SnpKey::vlek;
  verdict.csp_id = "CN=cc-test";
  EXPECT_EQ(found(), "S18 key");
  variant.key = session::SnpKey::vlek;
  EXPECT_EQ(found(), "S18 csp_id");
  variant.csp_id.emplace_back("CN=cc-test");
  EXPECT_EQ(found(), "fits");
  verdict.key = session::SnpKey::vcek;
  EXPECT_EQ(found(), "S18 key");
  variant.key = session::SnpKey::vcek;
  variant.version_min = 5;
  EXPECT_EQ(found(), "S18 version_min");
  variant.version_min = 3;
  bytes = with_byte(0x30, 1);
  EXPECT_EQ(found(), "S19 vmpl");
  variant.vmpl = 1;
  EXPECT_EQ(found(), "fits");
  bytes = with_byte(4, 6);
  variant.vmpl = 0;
  variant.guest_svn_min = 7;
  EXPECT_EQ(found(), "S23 guest_svn_min");
  variant.guest_svn_min = 6;
  EXPECT_EQ(found(), "fits");
}

TEST_F(SnpMatch, EV023_policy_and_mitigations) {
  using enum session::SnpPolicy;
  for (const auto& [policy, byte, bit] : {std::tuple{single_socket, 0x0AU, 0x12},
                                          {aes256_xts, 0x0AU, 0x42},
                                          {rapl_disabled, 0x0AU, 0x82},
                                          {ciphertext_hiding, 0x0BU, 1},
                                          {page_swap_disabled, 0x0BU, 2}}) {
    variant.policy = {policy};
    bytes = plain_report();
    EXPECT_EQ(found(), "S20 policy: " + std::string(text::word(policy)));
    bytes = with_byte(byte, bit);
    EXPECT_EQ(found(), "fits");
  }
  variant.policy = {session::Placeholder("left")};
  EXPECT_EQ(found(), "S20 policy");
  variant.policy = {};
  variant.mitigations = "0b00000000000000";
  bytes = with_byte(0, 5);
  bytes[0x1F8] = 0x0B;
  EXPECT_EQ(found(), "EV-023 mitigations");
  bytes[0x200] = 0x1F;
  EXPECT_EQ(found(), "fits");
  bytes[0x1F8] = 0x03;
  EXPECT_EQ(found(), "EV-023 mitigations");
}

TdReport domain() {
  TdReport report;
  report.attributes = std::string(8, '\0');
  report.xfam = "\xE7" + std::string(7, '\0');
  for (std::string* each :
       {&report.mr_td, &report.mr_config_id, &report.mr_owner, &report.mr_owner_config,
        &report.rtmr[0], &report.rtmr[1], &report.rtmr[2], &report.rtmr[3]})
    *each = std::string(48, '\0');
  report.mr_td[0] = 1;
  return report;
}

TEST(TdxMatch, EV024_what_is_not_named_has_to_be_zero) {
  TdReport report = domain();
  TdxVariant variant;
  const auto found = [&] { return mismatch(report, variant).value_or("fits"); };
  EXPECT_EQ(found(), "EV-024 mrtd");
  variant.mrtd = pin("01" + std::string(94, '0'));
  EXPECT_EQ(found(), "fits");
  const std::pair<const char*, std::string*> fields[] = {
      {"rtmr0", &report.rtmr[0]},
      {"rtmr1", &report.rtmr[1]},
      {"rtmr2", &report.rtmr[2]},
      {"rtmr3", &report.rtmr[3]},
      {"mrconfigid", &report.mr_config_id},
      {"mrowner", &report.mr_owner},
      {"mrownerconfig", &report.mr_owner_config}};
  for (const auto& [name, value] : fields) {
    const auto& key = name;  // for clang, which takes no such names into a lambda
    const auto field = std::find_if(session::tdx_fields.begin(), session::tdx_fields.end(),
                                    [&](const auto& each) { return each.key == key; });
    ASSERT_NE(field, session::tdx_fields.end());
    (*value)[47] = 2;
    EXPECT_EQ(found(), std::string("EV-024 ") + key);
    variant.*(field->pins) = pin(std::string(94, '0') + "02");
    EXPECT_EQ(found(), "fits");
    variant.*(field->pins) = {.any = true, .values = {}};
    EXPECT_EQ(found(), "fits");
    variant.*(field->pins) = {};
    (*value)[47] = 0;
  }
  report.mr_service_td = std::string(47, '\0') + '\1';
  EXPECT_EQ(found(), "EV-024 mrservicetd");
  report.mr_service_td.clear();  // a domain of TDX 1.0 has none
  EXPECT_EQ(found(), "fits");
  variant.mrservicetd = pin(std::string(96, '0'));
  EXPECT_EQ(found(), "EV-024 mrservicetd");
}

TEST(TdxMatch, EV024_what_is_measured_can_be_pinned) {
  TdReport report = domain();
  report.mr_config_id[3] = 7;
  const TdxVariant variant = variant_for(report);
  EXPECT_EQ(mismatch(report, variant), std::nullopt);
  EXPECT_TRUE(variant.mrowner.values.empty());
  EXPECT_EQ(variant.rtmr0.values.size(), 1U);  // which has to be named
  report.mr_config_id[3] = 8;
  EXPECT_EQ(mismatch(report, variant), "EV-024 mrconfigid");
}

TEST(TdxMatch, EV024_XA011_attributes) {
  TdReport report = domain();
  TdxVariant variant;
  variant.mrtd = pin("01" + std::string(94, '0'));
  const auto found = [&] { return mismatch(report, variant).value_or("fits"); };
  report.attributes[0] = 1;  // debug is a matter of `tolerate`
  EXPECT_EQ(found(), "fits");
  report.attributes[0] = 2;
  EXPECT_EQ(found(), "XA-011 td_attributes");
  report.attributes[0] = 0;
  report.attributes[3] = 0x10;
  variant.td_attributes = pin("0000001000000000");
  variant.xfam = pin("e700000000000000");
  EXPECT_EQ(found(), "fits");
  variant.xfam = pin("e800000000000000");
  EXPECT_EQ(found(), "EV-024 xfam");
  variant.td_attributes = pin("0000000000000000");
  EXPECT_EQ(found(), "EV-024 td_attributes");
}

/// The words that a verdict still needs.
std::vector<Tolerance> needed(const SnpVerdict& verdict, const Tolerances& tolerated = {}) {
  std::vector<Tolerance> result;
  for (const Objection& each : objections(verdict, tolerated))
    result.insert(result.end(), each.words.begin(), each.words.end());
  return result;
}

TEST(SnpAcceptance, EV022_XA012_words) {
  using enum SnpStatus;
  SnpVerdict verdict;
  verdict.status = up_to_date;
  EXPECT_THAT(objections(verdict, {}), IsEmpty());
  for (const SnpStatus old : {out_of_date, unknown}) {
    verdict.status = old;
    EXPECT_THAT(needed(verdict), ElementsAre(Tolerance::outdated_tcb));
  }
  verdict.status = configuration_needed;
  EXPECT_THAT(needed(verdict), ElementsAre(Tolerance::insecure_configuration));
  verdict.status = out_of_date_configuration_needed;
  EXPECT_THAT(needed(verdict),
              ElementsAre(Tolerance::outdated_tcb, Tolerance::insecure_configuration));
  EXPECT_THAT(needed(verdict, {.words = {Tolerance::outdated_tcb}, .advisories = {"*"}}),
              ElementsAre(Tolerance::insecure_configuration));
  verdict.status = up_to_date;
  verdict.debug = verdict.smt_allowed = true;
  EXPECT_THAT(needed(verdict), ElementsAre(Tolerance::debug_mode, Tolerance::hyperthreading));
  EXPECT_THAT(needed(verdict, {.words = {Tolerance::hyperthreading}, .advisories = {}}),
              ElementsAre(Tolerance::debug_mode));
}

}  // namespace
}  // namespace sconectl::attest
