#include "sconectl/collateral/snp_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "support/fixed_clock.hpp"
#include "support/repository.hpp"

namespace sconectl::collateral {
namespace {

using attest::SnpNeed;
using attest::SnpProduct;
using diag::Error;
using diag::ErrorKind;
using session::SnpKey;
using testing::ElementsAre;
using testing::HasSubstr;

crypto::Certificate made(const std::string& name) {
  crypto::CertificateProfile profile;
  profile.common_name = name;
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  return crypto::issue(profile, key.public_key(), key);
}

/// Answers as AMD's service does.
class AmdService final : public host::Http {
 public:
  host::HttpResponse send(const host::HttpRequest& request, const host::Tls&) override {
    asked.push_back(request.url);
    host::HttpResponse response;
    response.status = status;
    if (request.url.ends_with("/cert_chain"))
      response.body = ask.pem() + ark.pem();
    else if (request.url.ends_with("/crl"))
      response.body = crl;
    else
      response.body = "certificate of a chip";
    return response;
  }
  const crypto::Certificate ask = made("SEV-Milan");
  const crypto::Certificate ark = made("ARK-Milan");
  std::string crl = "list";
  int status = 200;
  std::vector<std::string> asked;
};

struct SnpSourceTest : testing::Test {
  std::unique_ptr<host::Files> files = host::system_files();
  host::TemporaryDirectory directory{*files, "collateral-test-"};
  test::FixedClock clock;
  AmdService service;
  const SnpNeed milan{SnpProduct::milan, SnpKey::vcek, std::string(64, '\xAB'), {0, 4, 0, 24, 219}};

  template <typename Call>
  static std::string failure(Call call, ErrorKind kind) {
    try {
      (void)call();
      return "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind);
      return error.text();
    }
  }
};

TEST_F(SnpSourceTest, amds_service) {
  const auto source = make_snp_source("kds", service, *files);
  const auto got = source->authorities(SnpProduct::milan, SnpKey::vcek);
  EXPECT_EQ(got.ark, service.ark.der());
  EXPECT_EQ(got.ask, service.ask.der());
  EXPECT_EQ(got.asvk, "");
  EXPECT_EQ(got.crl, "list");
  EXPECT_EQ(source->authorities(SnpProduct::genoa, SnpKey::vlek).asvk, service.ask.der());
  EXPECT_EQ(source->vcek(milan), "certificate of a chip");
  (void)source->vcek({SnpProduct::turin, SnpKey::vcek, std::string(8, '\x01'), {1, 1, 1, 4, 81}});
  const std::string base = "https://kdsintf.amd.com";
  std::string chip;
  for (int i = 0; i < 64; ++i) chip += "ab";
  EXPECT_THAT(
      service.asked,
      ElementsAre(base + "/vcek/v1/Milan/cert_chain", base + "/vcek/v1/Milan/crl",
                  base + "/vlek/v1/Genoa/cert_chain", base + "/vlek/v1/Genoa/crl",
                  base + "/vcek/v1/Milan/" + chip + "?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219",
                  base + "/vcek/v1/Turin/0101010101010101"
                         "?fmcSPL=01&blSPL=01&teeSPL=01&snpSPL=04&ucodeSPL=81"));
  service.status = 404;
  EXPECT_THAT(failure([&] { return source->vcek(milan); }, ErrorKind::not_found),
              HasSubstr("answered 404"));
  service.status = 429;
  EXPECT_THAT(failure([&] { return source->vcek(milan); }, ErrorKind::unavailable),
              HasSubstr("answered 429"));
  EXPECT_THAT(failure([&] { return make_snp_source("amd", service, *files); }, ErrorKind::usage),
              HasSubstr("'amd' is no source"));
}

TEST_F(SnpSourceTest, what_was_fetched_is_a_directory_for_sites_without_a_network) {
  const auto upstream = make_snp_source("kds", service, *files);
  SnpCache cache(*upstream, *files, clock, {.directory = directory.path()});
  EXPECT_EQ(cache.vcek(milan), "certificate of a chip");
  EXPECT_EQ(cache.vcek(milan), "certificate of a chip");
  (void)cache.authorities(SnpProduct::milan, SnpKey::vcek);
  EXPECT_EQ(service.asked.size(), 3U);
  const auto offline = make_snp_source("file:" + directory.path().string(), service, *files);
  EXPECT_EQ(offline->vcek(milan), "certificate of a chip");
  EXPECT_EQ(offline->authorities(SnpProduct::milan, SnpKey::vcek).ark, service.ark.der());
  EXPECT_EQ(service.asked.size(), 3U);
  EXPECT_THAT(failure([&] { return offline->authorities(SnpProduct::genoa, SnpKey::vcek); },
                      ErrorKind::not_found),
              HasSubstr("genoa-vcek"));
}

TEST_F(SnpSourceTest, one_chip_is_asked_for_in_a_second) {
  const auto upstream = make_snp_source("kds", service, *files);
  SnpCache cache(*upstream, *files, clock, {.directory = directory.path()});
  (void)cache.vcek(milan);
  auto other = milan;
  other.chip_id[0] = 'x';
  EXPECT_THAT(failure([&] { return cache.vcek(other); }, ErrorKind::unavailable),
              HasSubstr("just now"));
  EXPECT_EQ(cache.vcek(milan), "certificate of a chip");
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(cache.vcek(other), "certificate of a chip");
  other.chip_id.clear();
  EXPECT_THAT(failure([&] { return cache.vcek(other); }, ErrorKind::not_found),
              HasSubstr("hides its chip"));
}

TEST_F(SnpSourceTest, only_so_many_chips_and_states_of_them_are_kept) {
  const auto upstream = make_snp_source("kds", service, *files);
  SnpCache cache(*upstream, *files, clock,
                 {.directory = directory.path(),
                  .between_chips = std::chrono::seconds(0),
                  .chips = 2,
                  .states_of_chip = 3});
  for (const char chip : {'a', 'b', 'c'})
    for (const int microcode : {1, 2, 3, 4}) {
      auto need = milan;
      need.chip_id = std::string(64, chip);
      need.reported.microcode = microcode;
      EXPECT_EQ(cache.vcek(need), "certificate of a chip");
    }
  const auto kept = files->list(directory.path() / "vcek");
  EXPECT_EQ(kept.size(), 2U);
  for (const auto& chip : kept)
    EXPECT_EQ(files->list(directory.path() / "vcek" / chip).size(), 3U) << chip;
}

TEST_F(SnpSourceTest, lists_are_renewed_once_a_day_and_kept_while_amd_is_away) {
  NEEDS_CORPUS("../vectors/snp");
  service.crl =
      files->read(test::corpus("../vectors/snp/synthetic/ok-crl/crl.der").lexically_normal());
  clock.advance(std::chrono::days(516));  // to June 2025
  const auto upstream = make_snp_source("kds", service, *files);
  SnpCache cache(*upstream, *files, clock, {.directory = directory.path()});
  const auto ask = [&] { return cache.authorities(SnpProduct::milan, SnpKey::vcek); };
  EXPECT_EQ(ask().crl, service.crl);
  (void)ask();
  EXPECT_EQ(service.asked.size(), 2U);
  clock.advance(std::chrono::hours(24));
  service.status = 503;
  EXPECT_EQ(ask().crl, service.crl);
  (void)ask();
  EXPECT_EQ(service.asked.size(), 3U);  // not again within ten seconds
  clock.advance(std::chrono::days(10'000));
  EXPECT_THAT(failure(ask, ErrorKind::unavailable), HasSubstr("answered 503"));
  EXPECT_THAT(failure(ask, ErrorKind::unavailable), HasSubstr("just now"));
}

}  // namespace
}  // namespace sconectl::collateral
