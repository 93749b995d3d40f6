// Quotes of a platform that is made up, each with one thing that is different.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "attest/fake_platform.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::attest {
namespace {

using test::FakePlatform;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Verify : testing::Test {
  FakePlatform platform;
  Tee tee = Tee::sgx;

  Verdict verdict(const std::function<void(Collateral&)>& change = {}) {
    Collateral collateral = platform.collateral(tee);
    if (change) change(collateral);
    return verify(parse_quote(platform.quote(tee)), collateral,
                  {.at = platform.from + std::chrono::days{1}, .test_root = platform.root()});
  }
  std::string status(const std::function<void(Collateral&)>& change = {}) {
    return std::string(text::word(verdict(change).status));
  }
  std::string refusal(const std::function<void(Collateral&)>& change = {}) {
    try {
      return "accepted as " + status(change);
    } catch (const diag::Error& error) {
      EXPECT_THAT(error.kind(), testing::AnyOf(diag::ErrorKind::refused, diag::ErrorKind::invalid));
      return error.text();
    }
  }
};

TEST_F(Verify, EV001_an_enclave_and_a_domain_that_are_up_to_date) {
  const Verdict sgx = verdict();
  EXPECT_EQ(sgx.status, TcbStatus::up_to_date);
  EXPECT_EQ(sgx.module_status, std::nullopt);
  EXPECT_THAT(sgx.advisories, IsEmpty());
  EXPECT_THAT(sgx.missing, IsEmpty());
  EXPECT_THAT(sgx.not_current, IsEmpty());
  EXPECT_EQ(sgx.evaluation_number, 17);
  EXPECT_EQ(sgx.platform.fmspc, platform.fmspc);
  EXPECT_EQ(sgx.platform.smt, std::nullopt);
  EXPECT_FALSE(sgx.debug);
  const Quote quote = parse_quote(platform.quote());
  EXPECT_EQ(std::get<EnclaveReport>(quote.body).mr_enclave, platform.mr_enclave);
  EXPECT_EQ(quote.report_data(), platform.report_data);
  tee = Tee::tdx;
  EXPECT_EQ(verdict().status, TcbStatus::up_to_date);
  EXPECT_EQ(verdict().module_status, TcbStatus::up_to_date);
  platform.debug = true;
  EXPECT_TRUE(verdict().debug);
}

TEST_F(Verify, EV006_the_first_level_that_the_platform_reaches) {
  platform.tcb_status = "SWHardeningNeeded";
  platform.advisories = R"(["INTEL-SA-00657","INTEL-SA-00334"])";
  EXPECT_EQ(status(), "SWHardeningNeeded");
  EXPECT_THAT(verdict().advisories, ElementsAre("INTEL-SA-00334", "INTEL-SA-00657"));
  platform.components[7] = 2;  // one component is older
  EXPECT_EQ(status(), "OutOfDate");
  EXPECT_THAT(verdict().advisories, ElementsAre("INTEL-SA-00615"));
  platform.components[7] = 3;
  platform.pce_svn = 10;
  EXPECT_EQ(status(), "OutOfDate");
  platform.components[0] = 1;
  EXPECT_EQ(status(), "TcbNotSupported");
}

TEST_F(Verify, EV008_EV009_the_quoting_enclave_counts) {
  platform.tcb_status = "ConfigurationNeeded";
  platform.qe_svn = 5;
  EXPECT_EQ(status(), "OutOfDateConfigurationNeeded");
  platform.qe_svn = 6;
  EXPECT_EQ(status(), "ConfigurationNeeded");
  platform.qe_svn = 3;
  EXPECT_EQ(status(), "TcbNotSupported");
  platform.qe_svn = 8;
  platform.qe_status = "Revoked";
  EXPECT_EQ(status(), "Revoked");
}

TEST_F(Verify, EV007_the_module_of_a_domain) {
  tee = Tee::tdx;
  platform.module_status = "OutOfDate";
  EXPECT_EQ(status(), "OutOfDate");
  platform.tee_tcb_svn[0] = 4;
  EXPECT_EQ(status(), "TcbNotSupported");
  platform.tee_tcb_svn[0] = 5;
  platform.tee_tcb_svn[2] = 2;
  EXPECT_EQ(status(), "TcbNotSupported");
  platform.tee_tcb_svn[2] = 3;
  platform.tee_tcb_svn[1] = 2;
  EXPECT_THAT(refusal(), HasSubstr("TDX module: TCB info has none of version 2"));
  platform.tee_tcb_svn[1] = 0;  // the module of version 0 has no levels of its own
  EXPECT_EQ(status(), "UpToDate");
  platform.seam_attributes[3] = 1;
  EXPECT_THAT(refusal(), HasSubstr("TDX module: its attributes are 0000000100000000"));
}

TEST_F(Verify, EV011_what_is_revoked) {
  platform.pck_revoked = true;
  EXPECT_EQ(status(), "Revoked");
  platform.pck_revoked = false;
  platform.ca_revoked = true;
  EXPECT_EQ(status(), "Revoked");
  const auto exchanged = [](Collateral& c) { std::swap(c.root_crl, c.pck_crl); };
  EXPECT_THAT(refusal(exchanged), HasSubstr("root CRL: it is not from 'Intel SGX Root CA'"));
  EXPECT_THAT(refusal([](Collateral& c) { c.pck_crl = "no list"; }), HasSubstr("CRL"));
}

TEST_F(Verify, EV011_lists_in_every_form_that_services_hand_out) {
  const std::string der = platform.collateral().root_crl;
  const auto as = [](std::string text) {
    return [text = std::move(text)](Collateral& c) { c.root_crl = text; };
  };
  EXPECT_EQ(status(as(crypto::hex(der))), "UpToDate");
  EXPECT_EQ(status(as(crypto::hex(der) + "\r\n")), "UpToDate");
  EXPECT_EQ(
      status(as("-----BEGIN X509 CRL-----\n" + crypto::base64(der) + "\n-----END X509 CRL-----\n")),
      "UpToDate");
  EXPECT_THAT(refusal(as(der + "\n")), HasSubstr("CRL"));
  // A signature ends in any byte, also in one that would be the end of a line.
  for (int i = 0; i < 600; ++i) {
    const std::string next = platform.collateral().root_crl;
    if (next.back() != '\n' && next.back() != '\r') continue;
    EXPECT_EQ(status(as(next)), "UpToDate");
    return;
  }
}

TEST_F(Verify, EV002_another_root_and_parts_of_another_platform) {
  const FakePlatform other;
  const auto verdict_under = [&](const FakePlatform& root) {
    return verify(parse_quote(platform.quote()), platform.collateral(),
                  {.at = platform.from, .test_root = root.root()});
  };
  EXPECT_EQ(verdict_under(platform).status, TcbStatus::up_to_date);
  EXPECT_THROW(static_cast<void>(verdict_under(other)), diag::Error);
  EXPECT_THAT(refusal([&](Collateral& c) { c.signing_chain = other.collateral().signing_chain; }),
              HasSubstr("TCB signing chain"));
  EXPECT_THAT(refusal([&](Collateral& c) { c.tcb_info = other.collateral().tcb_info; }),
              HasSubstr("TCB info: its signature"));
  EXPECT_THAT(refusal([&](Collateral& c) { c.qe_identity = other.collateral().qe_identity; }),
              HasSubstr("QE identity: its signature"));
  EXPECT_THAT(refusal([&](Collateral& c) { c.pck_crl = other.collateral().pck_crl; }),
              HasSubstr("PCK CRL: it is not from"));
  FakePlatform elsewhere = platform;
  elsewhere.fmspc[1] = 0x50;
  EXPECT_THAT(refusal([&](Collateral& c) { c.tcb_info = elsewhere.collateral().tcb_info; }),
              HasSubstr("TCB info: it is for platforms with FMSPC 00506a000000"));
  EXPECT_THAT(refusal([&](Collateral& c) { c.tcb_info = platform.collateral(Tee::tdx).tcb_info; }),
              HasSubstr("TCB info: it is for TDX, the quote is of SGX"));
  EXPECT_THAT(
      refusal([&](Collateral& c) { c.qe_identity = platform.collateral(Tee::tdx).qe_identity; }),
      HasSubstr("QE identity: it is of 'TD_QE', not of 'QE'"));
}

TEST_F(Verify, EV005_documents_whose_meaning_is_not_certain) {
  const auto replaced = [](const std::string& what, const std::string& by) {
    return [=](Collateral& c) { c.tcb_info.replace(c.tcb_info.find(what), what.size(), by); };
  };
  EXPECT_THAT(refusal(replaced("\"version\":3", "\"version\":3,\"version\":3")),
              HasSubstr("'version' stands there twice"));
  EXPECT_THAT(refusal(replaced("\"version\":3", "\"version\": 3")), HasSubstr("its signature"));
  EXPECT_THAT(refusal(replaced("\"tcbInfo\"", "\"tcb\\u0049nfo\"")),
              HasSubstr("the name 'tcbInfo' is written with escapes"));
  EXPECT_THAT(refusal(replaced("\"version\":3", "\"version\":4")), HasSubstr("'version' must be"));
  EXPECT_THAT(refusal(replaced("\"tcbType\":0", "\"tcbType\":1")),
              HasSubstr("'tcbType' must be 0"));
  EXPECT_THAT(refusal(replaced("UpToDate", "UpToDat")), HasSubstr("'tcbStatus' must be"));
  EXPECT_THAT(refusal(replaced("\"pceId\"", "\"pceID\"")), HasSubstr("'pceId' is missing"));
  EXPECT_THAT(refusal(replaced("2026-02-01T", "2026-02-30T")), HasSubstr("'nextUpdate' must be a"));
  EXPECT_THAT(refusal([](Collateral& c) { c.tcb_info = std::string(5000, '['); }),
              HasSubstr("TCB info: it is nested too deep"));
  EXPECT_THAT(refusal([](Collateral& c) { c.tcb_info = "{}"; }), HasSubstr("'tcbInfo' is missing"));
  EXPECT_THAT(refusal([](Collateral& c) { c.tcb_info += "x"; }), HasSubstr("it is not JSON"));
}

TEST_F(Verify, EV012_what_is_missing_or_not_current_is_said) {
  const auto without = [](Collateral& c) { c.root_crl = c.pck_crl = c.qe_identity = ""; };
  EXPECT_THAT(verdict(without).missing, ElementsAre("QE identity", "root CRL", "PCK CRL"));
  EXPECT_EQ(status([](Collateral& c) { c.tcb_info = ""; }), "TcbNotSupported");
  const Verdict late =
      verify(parse_quote(platform.quote()), platform.collateral(),
             {.at = platform.until + std::chrono::seconds{1}, .test_root = platform.root()});
  EXPECT_THAT(late.not_current, Contains("PCK CRL ended at 2026-02-01T00:00:00Z"));
  EXPECT_EQ(late.not_current.size(), 4U);
  EXPECT_EQ(late.validity.front().until, platform.until);
}

TEST_F(Verify, EV001_what_is_cut_off_or_continued) {
  const std::string quote = platform.quote();
  for (std::size_t size = 0; size < quote.size(); ++size)
    EXPECT_THROW(static_cast<void>(parse_quote(quote.substr(0, size))), diag::Error) << size;
  EXPECT_EQ(parse_quote(quote + std::string(70, '\0')).trailing, 70U);
}

TEST_F(Verify, EV003_an_extension_of_a_platform_that_is_none) {
  EXPECT_THROW(static_cast<void>(platform_of(platform.root())), diag::Error);
  platform.components[3] = 255;
  EXPECT_EQ(verdict().platform.components[3], 255);
}

/// Quotes of version 5 say of what kind and size their bodies are.
TEST_F(Verify, EV001_bodies_of_version_5) {
  constexpr std::size_t header = 48;
  constexpr std::size_t domain = 584;
  const std::string fourth = platform.quote(Tee::tdx);
  const std::string enclave = platform.quote(Tee::sgx).substr(header, 384);
  const auto fault = [&](char version, char tee_type, char body_type, const std::string& body) {
    std::string text = fourth.substr(0, header);
    text[0] = version;
    text[4] = tee_type;
    text += body_type;
    text += '\0';
    text += static_cast<char>(body.size());
    text += static_cast<char>(body.size() >> 8U);
    text += std::string(2, '\0') + body + fourth.substr(header + domain);
    try {
      const Quote quote = parse_quote(text);
      EXPECT_EQ(quote.report_data(), platform.report_data);
      return std::string("none");
    } catch (const diag::Error& error) {
      return error.text();
    }
  };
  const auto tdx = static_cast<char>(0x81);
  const std::string body = fourth.substr(header, domain);
  const std::string newer = body + std::string(64, '\x0B');
  EXPECT_EQ(fault(5, 0, 1, enclave), "none");
  EXPECT_EQ(fault(5, tdx, 2, body), "none");
  EXPECT_EQ(fault(5, tdx, 3, newer), "none");
  for (const char type : {'\0', '\x02', '\x03'})
    EXPECT_THAT(fault(5, 0, type, enclave), HasSubstr("is not known"));
  for (const char type : {'\0', '\x01', '\x03', '\x04'})
    EXPECT_THAT(fault(5, tdx, type, body), HasSubstr("is not known"));
  for (const char type : {'\0', '\x01', '\x02', '\x04'})
    EXPECT_THAT(fault(5, tdx, type, newer), HasSubstr("is not known"));
  EXPECT_THAT(fault(5, tdx, 1, enclave), HasSubstr("is not known"));
  EXPECT_THAT(fault(6, tdx, 2, body), HasSubstr("version 6 is not known"));
}

}  // namespace
}  // namespace sconectl::attest
