#include "sconectl/collateral/source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attest/fake_platform.hpp"
#include "sconectl/collateral/bundle.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/percent.hpp"

namespace sconectl::collateral {
namespace {

using diag::Error;
using diag::ErrorKind;
using testing::ElementsAre;
using testing::HasSubstr;

/// Answers as Intel's service does.
class Service final : public host::Http {
 public:
  host::HttpResponse send(const host::HttpRequest& request, const host::Tls&) override {
    asked.push_back(request.url);
    headers = request.headers;
    const auto has = [&](const char* part) { return request.url.find(part) != std::string::npos; };
    const auto tee = has("/tdx/") ? attest::Tee::tdx : attest::Tee::sgx;
    const auto collateral = platform.collateral(tee);
    host::HttpResponse response;
    response.status = status;
    if (has("/tcb?")) {
      response.body = collateral.tcb_info;
      response.headers = {
          {"TCB-Info-Issuer-Chain", text::percent_encoded(collateral.signing_chain)}};
    } else if (has("/qe/identity")) {
      response.body = collateral.qe_identity;
    } else {
      response.body = has("/pckcrl?") ? collateral.pck_crl : collateral.root_crl;
    }
    return response;
  }
  test::FakePlatform platform;
  int status = 200;
  std::vector<std::string> asked;
  host::HttpHeaders headers;
};

struct SourceTest : testing::Test {
  std::unique_ptr<host::Files> files = host::system_files();
  host::TemporaryDirectory directory{*files, "collateral-test-"};
  Service service;
  const attest::CollateralNeed need{attest::Tee::sgx, service.platform.fmspc, true};

  std::string failure(const std::string& setting, ErrorKind kind) {
    try {
      (void)make_source(setting, service, *files)->of(need);
      return "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind);
      return error.text();
    }
  }
};

TEST_F(SourceTest, intels_service) {
  const auto got = make_source("pcs", service, *files)->of(need);
  const std::string base = "https://api.trustedservices.intel.com/sgx/certification/v4";
  EXPECT_THAT(service.asked,
              ElementsAre(base + "/tcb?fmspc=00606a000000", base + "/qe/identity",
                          base + "/pckcrl?ca=platform&encoding=der",
                          "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"));
  const auto quote = attest::parse_quote(service.platform.quote());
  const attest::VerificationOptions options{.at = service.platform.from,
                                            .test_root = service.platform.root()};
  EXPECT_EQ(attest::verify(quote, got, options).status, attest::TcbStatus::up_to_date);
  EXPECT_EQ(attest::TrustedPlatform(quote, "", options).need(), need);
}

TEST_F(SourceTest, a_pccs_and_the_processor_ca) {
  (void)make_source("https://pccs.example:8081/", service, *files)
      ->of({attest::Tee::tdx, service.platform.fmspc, false});
  const std::string host = "https://pccs.example:8081";
  EXPECT_THAT(service.asked,
              ElementsAre(host + "/tdx/certification/v4/tcb?fmspc=00606a000000",
                          host + "/tdx/certification/v4/qe/identity",
                          host + "/sgx/certification/v4/pckcrl?ca=processor&encoding=der",
                          host + "/sgx/certification/v4/rootcacrl"));
}

TEST_F(SourceTest, the_cache_of_an_azure_machine) {
  (void)make_source("thim", service, *files)->of(need);
  EXPECT_EQ(service.asked.front(),
            "http://169.254.169.254/metadata/THIM/sgx/certification/v4/tcb?fmspc=00606a000000&"
            "api-version=2021-07-22-preview");
  EXPECT_THAT(service.headers, ElementsAre(testing::Pair("Metadata", "true")));
}

TEST_F(SourceTest, a_directory_for_one_kind_or_for_many) {
  const auto collateral = service.platform.collateral();
  const auto one = directory.path() / "one";
  files->replace_tree(one, bundle_tree(collateral));
  EXPECT_EQ(make_source("file:" + one.string(), service, *files)->of(need).pck_crl,
            collateral.pck_crl);
  const auto many = directory.path() / "many";
  files->replace_tree(many / bundle_name(need), bundle_tree(collateral));
  EXPECT_EQ(make_source("file://" + many.string(), service, *files)->of(need).pck_crl,
            collateral.pck_crl);
  EXPECT_THAT(failure("file:" + directory.path().string(), ErrorKind::not_found),
              HasSubstr("no 'sgx-00606a000000-platform'"));
}

TEST_F(SourceTest, failures_name_the_url) {
  service.status = 404;
  EXPECT_THAT(failure("pcs", ErrorKind::not_found),
              HasSubstr("/tcb?fmspc=00606a000000 answered 404"));
  service.status = 503;
  EXPECT_THAT(failure("pcs", ErrorKind::unavailable), HasSubstr("answered 503"));
}

TEST_F(SourceTest, settings_that_make_no_sense) {
  for (const char* setting : {"", "pccs", "http://pccs", "file:", "https://pccs?x=1"})
    EXPECT_THAT(failure(setting, ErrorKind::usage), HasSubstr(setting)) << setting;
}

TEST_F(SourceTest, what_ends_first_stands_first) {
  const auto all = validity_of(service.platform.collateral());
  ASSERT_EQ(all.size(), 6U);
  EXPECT_EQ(all.front().what, "TCB info");
  EXPECT_EQ(all.front().until, service.platform.until);
  EXPECT_THAT(all.back().what, HasSubstr("Intel SGX"));
}

}  // namespace
}  // namespace sconectl::collateral
