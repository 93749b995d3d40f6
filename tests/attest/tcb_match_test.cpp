// Lists of levels and what they say of a platform, both made in memory.
#include "attest/tcb_match.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attest/fake_platform.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::attest {
namespace {

using testing::HasSubstr;

std::string versions(int first, int second, int third) {
  std::string result(16, '\0');
  result[0] = static_cast<char>(first);
  result[1] = static_cast<char>(second);
  result[2] = static_cast<char>(third);
  return result;
}

/// A domain that was started under an old module; the present one is that of the newest level.
struct Relaunch : testing::Test {
  TcbInfo info;
  Quote quote;
  Platform platform;

  Relaunch() {
    const std::string zeros(8, '\0');
    info.tee = quote.tee = Tee::tdx;
    info.module = TdxModule{"", std::string(48, '\0'), zeros, std::string(8, '\xFF'), {}};
    info.modules = {{"TDX_01",
                     std::string(48, '\0'),
                     zeros,
                     std::string(8, '\xFF'),
                     {{5, "", TcbStatus::up_to_date, {}}, {4, "", TcbStatus::out_of_date, {}}}}};
    info.levels.resize(2);
    info.levels[0].tdx[2] = 3;
    info.levels[0].status = TcbStatus::up_to_date;
    info.levels[1].tdx[2] = 2;
    info.levels[1].status = TcbStatus::out_of_date;
    domain().mr_signer_seam = std::string(48, '\0');
    domain().seam_attributes = zeros;
    domain().tee_tcb_svn = versions(4, 1, 3);
    domain().tee_tcb_svn2 = versions(5, 1, 3);
  }
  TdReport& domain() {
    if (!std::holds_alternative<TdReport>(quote.body)) quote.body = TdReport{};
    return std::get<TdReport>(quote.body);
  }
  bool is_enough() { return match(info, quote, platform).relaunch; }
};

TEST_F(Relaunch, EV007_a_new_start_under_the_present_module_is_enough) {
  EXPECT_EQ(match(info, quote, platform).module, TcbStatus::out_of_date);
  EXPECT_TRUE(is_enough());
  domain().tee_tcb_svn2 = versions(4, 1, 3);  // the present one is old, too
  EXPECT_FALSE(is_enough());
  domain().tee_tcb_svn2 = versions(5, 1, 2);  // another part is
  EXPECT_FALSE(is_enough());
  domain().tee_tcb_svn2 = versions(5, 2, 3);  // it is not in the list
  EXPECT_FALSE(is_enough());
  domain().tee_tcb_svn2 = versions(0, 0, 3);  // version 0 has no levels of its own
  EXPECT_TRUE(is_enough());
  domain().tee_tcb_svn2.clear();  // TDX 1.0 does not say
  EXPECT_FALSE(is_enough());
}

TEST_F(Relaunch, EV007_a_new_start_helps_neither_old_processors_nor_domains_that_need_none) {
  domain().tee_tcb_svn = versions(5, 1, 3);
  EXPECT_FALSE(is_enough());
  domain().tee_tcb_svn = versions(5, 1, 2);
  EXPECT_EQ(match(info, quote, platform).platform, TcbStatus::out_of_date);
  EXPECT_TRUE(is_enough());
  for (const auto status :
       {TcbStatus::out_of_date, TcbStatus::revoked, TcbStatus::out_of_date_configuration_needed}) {
    info.levels.front().status = status;
    EXPECT_FALSE(is_enough());
  }
  info.modules.front().levels.clear();
  info.levels.front().status = TcbStatus::up_to_date;
  EXPECT_FALSE(is_enough());
}

/// "version": 2 lists of SGX have names for the components and no "id".
std::string second_version(const std::string& id) {
  std::string components;
  for (int i = 1; i <= 16; ++i) components += fmt::format(R"("sgxtcbcomp{:02}svn":{},)", i, i);
  return R"({"tcbInfo":{)" + id +
         R"("version":2,"issueDate":"2026-01-01T00:00:00Z","nextUpdate":"2026-02-01T00:00:00Z",)"
         R"("fmspc":"00606A000000","pceId":"0000","tcbType":0,"tcbEvaluationDataNumber":17,)"
         R"("tcbLevels":[{"tcb":{)" +
         components +
         R"("pcesvn":11},"tcbDate":"2025-01-01T00:00:00Z","tcbStatus":"UpToDate"}]},"signature":")" +
         std::string(128, 'a') + "\"}";
}

std::string fault_in(const std::string& text) {
  try {
    static_cast<void>(parse_tcb_info(text));
    return "none";
  } catch (const diag::Error& error) {
    return error.text();
  }
}

TEST(TcbInfo, EV005_version_2_is_for_sgx) {
  for (const char* id : {"", R"("id":"SGX",)"}) {
    const TcbInfo info = parse_tcb_info(second_version(id));
    EXPECT_EQ(info.tee, Tee::sgx);
    ASSERT_EQ(info.levels.size(), 1U);
    EXPECT_EQ(info.levels[0].sgx[0], 1);
    EXPECT_EQ(info.levels[0].sgx[15], 16);
    EXPECT_EQ(info.levels[0].pce_svn, 11);
  }
  EXPECT_THAT(fault_in(second_version(R"("id":"TDX",)")), HasSubstr("'version' must be 3 for TDX"));
  EXPECT_THAT(fault_in(second_version(R"("id":"SEV",)")), HasSubstr("'id' must be SGX or TDX"));
}

TEST(TcbInfo, EV005_is_at_most_4_mib_long) {
  std::string text = second_version("");
  text.resize(std::size_t{4} << 20U, ' ');
  EXPECT_EQ(fault_in(text), "none");
  EXPECT_THAT(fault_in(text + ' '), HasSubstr("larger than 4 MiB"));
}

/// What Intel writes into the certificate of a platform.
struct PckExtension : testing::Test {
  test::FakePlatform platform;
  crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  const std::string base = "\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x01";

  std::string whole = [&] {
    const Quote quote = parse_quote(platform.quote());
    return *crypto::Certificate::from_pem(quote.certification_data)
                .extension("1.2.840.113741.1.13.1");
  }();

  [[nodiscard]] std::string item(const std::string& id, const std::string& value) const {
    return crypto::der_element(0x30, crypto::der_element(6, base + id) + value);
  }
  [[nodiscard]] std::string with(const std::string& more) const {
    std::string_view rest = whole;
    return crypto::der_element(0x30, std::string(crypto::next_der(rest)->content) + more);
  }
  Platform read(const std::string& content) {
    return platform_of(platform.with_extension(key, content, "1.2.840.113741.1.13.1"));
  }
  std::string fault(const std::string& content) {
    try {
      static_cast<void>(read(content));
      return "none";
    } catch (const diag::Error& error) {
      return error.text();
    }
  }
};

TEST_F(PckExtension, EV003_what_the_platform_ca_adds) {
  EXPECT_EQ(read(whole).smt, std::nullopt);
  const auto flags = [&](const std::string& last) {
    return item("\x07", crypto::der_element(
                            0x30, item("\x07\x01", "\x01\x01\xff") + item("\x07\x03", last)));
  };
  const Platform read_back = read(with(flags(std::string("\x01\x01\x00", 3))));
  EXPECT_EQ(read_back.dynamic, true);
  EXPECT_EQ(read_back.cached_keys, std::nullopt);
  EXPECT_EQ(read_back.smt, false);
  EXPECT_THAT(fault(with(flags("\x01\x02\xff\xff"))), HasSubstr("part 3 is no truth value"));
  EXPECT_THAT(fault(with(flags("\x02\x01\x01"))), HasSubstr("part 3 has another type"));
}

TEST_F(PckExtension, EV003_is_built_in_one_way) {
  EXPECT_EQ(fault(whole), "none");
  EXPECT_THAT(fault(whole + "x"), HasSubstr("something follows it"));
  EXPECT_THAT(fault(with(item("\x01", "\x04\x01x"))), HasSubstr("stands there twice"));
  EXPECT_THAT(fault(with(item("\x08\x01", "\x04\x01x"))), HasSubstr("not built as Intel's"));
  EXPECT_THAT(fault(with(item("\x08", "\x04\x01x\x05"))), HasSubstr("not built as Intel's"));
  EXPECT_THAT(fault(crypto::der_element(0x30, "")), HasSubstr("part 2 is missing"));
  EXPECT_THAT(fault(crypto::der_element(0x31, "")), HasSubstr("not built as Intel's"));
}

}  // namespace
}  // namespace sconectl::attest
