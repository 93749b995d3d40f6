// Reports of a machine that is made up, each with one thing that is different.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "attest/fake_amd.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::attest {
namespace {

using test::FakeAmd;
using testing::HasSubstr;
using testing::StartsWith;

// Where things stand in a report.
constexpr std::size_t policy_at = 8;
constexpr std::size_t current_at = 0x38;
constexpr std::size_t reported_at = 0x180;
constexpr std::size_t committed_at = 0x1E0;
constexpr std::size_t launch_at = 0x1F0;

SnpVerdict verdict_on(const FakeAmd& amd, const SnpCertificates& certificates,
                      const std::function<void(SnpOptions&)>& change = {}) {
  const std::vector<session::MinTcb> minimums{
      {.cpu = session::CpuLine::milan, .bootloader = 4, .snp = 24, .microcode = 219}};
  SnpOptions options{.at = amd.from + std::chrono::days{1}, .test_root = FakeAmd().root()};
  if (change) change(options);
  return verify_snp(parse_snp_report(amd.report()), certificates, minimums, options);
}

std::string outcome(const std::function<SnpVerdict()>& judge) {
  try {
    return std::string(text::word(judge().status));
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::refused) << error.text();
    return error.text();
  }
}

/// Of another machine than the usual one.
std::string with(const std::function<void(FakeAmd&)>& change) {
  FakeAmd amd;
  change(amd);
  return outcome([&] { return verdict_on(amd, amd.certificates()); });
}

/// Of the usual one, with other certificates or options.
std::string given(const std::function<void(SnpCertificates&)>& change,
                  const std::function<void(SnpOptions&)>& options = {}) {
  const FakeAmd amd;
  SnpCertificates all = amd.certificates();
  change(all);
  return outcome([&] { return verdict_on(amd, all, options); });
}

TEST(SnpVerify, EV018_EV022_what_is_said_of_a_machine_that_is_up_to_date) {
  const FakeAmd amd;
  const SnpVerdict verdict = verdict_on(amd, amd.certificates());
  EXPECT_EQ(verdict.status, SnpStatus::up_to_date);
  EXPECT_EQ(verdict.product, SnpProduct::milan);
  EXPECT_EQ(verdict.line, session::CpuLine::milan);
  EXPECT_EQ(verdict.hw_id, std::string(64, '\x0C'));
  EXPECT_EQ(verdict.csp_id, "");
  EXPECT_TRUE(verdict.crl_checked);
  EXPECT_EQ(verdict.validity.size(), 4U);
  EXPECT_EQ(verdict.reported, (SnpTcb{.bootloader = 4, .snp = 24, .microcode = 219}));
  EXPECT_FALSE(verdict.debug);
  EXPECT_FALSE(verdict.smt_allowed);
}

TEST(SnpVerify, EV016_roots) {
  EXPECT_THAT(given([](auto&) {}, [](SnpOptions& options) { options.test_root.reset(); }),
              HasSubstr("its key is not AMD's"));
  EXPECT_THAT(given([](auto& all) { all.ark = all.ask; }), StartsWith("S07"));
  EXPECT_THAT(given([](auto& all) { all.ark.clear(); }), HasSubstr("S07 root (ARK): it is not at"));
  EXPECT_THAT(given([](auto& all) { all.ark = all.vcek; }), StartsWith("S07"));
  EXPECT_THAT(with([](auto& amd) { amd.ark_name = "ARK-Rome"; }), StartsWith("S07"));
  EXPECT_THAT(with([](auto& amd) { amd.ark_name = "ARK-Genoa"; }), StartsWith("S06"));
  EXPECT_THAT(with([](auto& amd) { amd.pss = false; }), StartsWith("S07"));
  EXPECT_THAT(with([](auto& amd) { amd.ark_is_ca = false; }), StartsWith("S07"));
  EXPECT_THAT(given([](auto& all) { all.ark = FakeAmd(FakeAmd::other_keys()).certificates().ark; }),
              HasSubstr("not that of the given test root"));
}

TEST(SnpVerify, EV016_EV017_the_way_to_the_root) {
  const auto others = FakeAmd(FakeAmd::other_keys()).certificates();
  EXPECT_THAT(with([](auto& amd) { amd.ask_name = "SEV-Genoa"; }), StartsWith("S08"));
  EXPECT_THAT(with([](auto& amd) { amd.ask_is_ca = false; }), StartsWith("S08"));
  EXPECT_THAT(given([&](auto& all) { all.ask = others.ask; }), StartsWith("S08"));
  EXPECT_THAT(with([](auto& amd) { amd.leaf_name = "SEV-VLEK"; }), StartsWith("S10"));
  EXPECT_THAT(with([](auto& amd) { amd.leaf_is_ca = true; }), StartsWith("S10"));
  EXPECT_THAT(with([](auto& amd) { amd.critical = true; }), HasSubstr("S10"));
  EXPECT_THAT(given([&](auto& all) { all.vcek = others.vcek; }), StartsWith("S10"));
  EXPECT_THAT(given([](auto& all) { all.vcek += 'x'; }), StartsWith("S10"));
}

TEST(SnpVerify, EV018_dates_and_the_list_of_revoked_certificates) {
  const FakeAmd amd;
  const auto at = [&](crypto::Time time, bool with_list) {
    return given(
        [&](auto& all) {
          if (!with_list) all.crl.clear();
        },
        [&](SnpOptions& options) { options.at = time; });
  };
  using std::chrono::seconds;
  EXPECT_EQ(at(amd.from, true), "UpToDate");
  EXPECT_EQ(at(amd.until, true), "UpToDate");
  EXPECT_THAT(at(amd.from - seconds{1}, true), HasSubstr("S09"));
  EXPECT_THAT(at(amd.until + seconds{1}, true), HasSubstr("S09"));
  EXPECT_THAT(at(amd.from - seconds{1}, false), HasSubstr("'SEV-VCEK' begins at 2026-01-01"));
  EXPECT_THAT(at(amd.until + seconds{1}, false), HasSubstr("'SEV-VCEK' ended at 2026-02-01"));
  EXPECT_THAT(with([](auto& changed) { changed.ask_revoked = true; }),
              HasSubstr("'SEV-Milan' is revoked"));
  EXPECT_THAT(given([](auto& all) { all.crl = "none"; }), StartsWith("S09"));
  EXPECT_THAT(given([](auto& all) { all.crl = FakeAmd(FakeAmd::other_keys()).certificates().crl; }),
              HasSubstr("it is not from the root"));
  const auto without = [](auto& all) { all.crl.clear(); };
  EXPECT_EQ(given(without), "UpToDate");
  EXPECT_THAT(given(without, [](SnpOptions& options) { options.require_crl = true; }),
              HasSubstr("S09"));
}

TEST(SnpVerify, EV019_what_the_certificate_says) {
  const auto saying = [](const char* part, const std::string& content) {
    return with([&](auto& amd) { amd.extensions[part] = content; });
  };
  const auto silent = [](const char* part) {
    return with([&](auto& amd) { amd.extensions.erase(part); });
  };
  EXPECT_THAT(saying("1", FakeAmd::integer(1)), StartsWith("S12"));
  EXPECT_THAT(silent("1"), StartsWith("S12"));
  EXPECT_THAT(saying("1", crypto::der_element(4, std::string(1, '\0'))), StartsWith("S12"));
  EXPECT_THAT(saying("1", FakeAmd::integer(0) + 'x'), StartsWith("S12"));
  EXPECT_THAT(saying("2", crypto::der_element(0x0C, "Milan-B0")), StartsWith("S12"));
  EXPECT_THAT(saying("2", crypto::der_element(0x16, "Milanese")), StartsWith("S12"));
  EXPECT_EQ(saying("2", crypto::der_element(0x16, "Milan")), "UpToDate");
  for (const char* part : {"3.1", "3.2", "3.3", "3.8"}) {
    EXPECT_THAT(silent(part), StartsWith("S13"));
    EXPECT_THAT(saying(part, FakeAmd::integer(7)), StartsWith("S14"));
    EXPECT_THAT(saying(part, FakeAmd::integer(128)), StartsWith("S14"));
    for (const std::string& number :
         {std::string("\x01\x01"), std::string("\x01\x80"), std::string("\0\x04", 2)})
      EXPECT_THAT(saying(part, crypto::der_element(2, number)), StartsWith("S13"));
    EXPECT_THAT(saying(part, crypto::der_element(2, "\xff")), StartsWith("S13"));
  }
  EXPECT_THAT(saying("3.4", FakeAmd::integer(1)), StartsWith("S13"));
  EXPECT_THAT(saying("3.9", FakeAmd::integer(0)), HasSubstr("which only Turin has"));
  EXPECT_EQ(saying("4", crypto::der_element(4, std::string(64, '\x0C'))), "UpToDate");
  EXPECT_THAT(saying("4", std::string(64, '\x0D')), HasSubstr("belongs to another chip"));
  EXPECT_THAT(saying("4", std::string(63, '\x0C')), HasSubstr("S15"));
  EXPECT_THAT(silent("4"), HasSubstr("S15"));
  EXPECT_EQ(with([](auto& amd) { amd.set(0x1A0, std::string(64, '\0')); }), "UpToDate");  // hidden
}

TEST(SnpVerify, EV019_keys_of_providers) {
  const auto provider = [](FakeAmd& amd) {
    amd.set(0x48, "\x04");
    amd.ask_name = "SEV-VLEK-Milan";
    amd.leaf_name = "SEV-VLEK";
    amd.extensions.erase("4");
    amd.extensions["5"] = crypto::der_element(0x16, "some cloud");
  };
  FakeAmd amd;
  provider(amd);
  const SnpVerdict verdict = verdict_on(amd, amd.certificates());
  EXPECT_EQ(verdict.key, session::SnpKey::vlek);
  EXPECT_EQ(verdict.csp_id, "some cloud");
  EXPECT_EQ(verdict.hw_id, "");
  const auto but = [&](const std::function<void(FakeAmd&)>& change) {
    return with([&](FakeAmd& changed) {
      provider(changed);
      change(changed);
    });
  };
  EXPECT_THAT(but([](auto& it) { it.ask_name = "SEV-Milan"; }), StartsWith("S08"));
  EXPECT_THAT(but([](auto& it) { it.extensions["4"] = std::string(64, '\x0C'); }),
              HasSubstr("belongs to no chip"));
  EXPECT_THAT(but([](auto& it) { it.extensions["5"] = crypto::der_element(0x16, ""); }),
              HasSubstr("S15"));
}

TEST(SnpVerify, EV020_the_report_is_signed) {
  const FakeAmd amd;
  const auto certificates = amd.certificates();
  const std::string good = amd.report();
  const SnpOptions options{.at = amd.from, .test_root = amd.root()};
  for (std::size_t at = 0; at < good.size(); at += 37) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    EXPECT_ANY_THROW(
        static_cast<void>(verify_snp(parse_snp_report(bytes), certificates, {}, options)))
        << at;
  }
  EXPECT_THAT(outcome([&] { return verdict_on(FakeAmd(FakeAmd::other_keys()), certificates); }),
              StartsWith("S16"));
}

TEST(SnpVerify, EV021_EV022_versions_in_their_order_and_policy) {
  const auto changed = [](std::size_t at, const std::string& bytes) {
    return with([&](auto& amd) { amd.set(at, bytes); });
  };
  const std::string older = FakeAmd::tcb(4, 0, 23, 219);
  const std::string newer = FakeAmd::tcb(4, 0, 24, 220);
  EXPECT_THAT(changed(committed_at, older), StartsWith("S17"));
  EXPECT_THAT(changed(current_at, older), StartsWith("S17"));
  EXPECT_THAT(changed(committed_at, newer), StartsWith("S17"));
  EXPECT_EQ(changed(current_at, newer), "UpToDate");
  EXPECT_EQ(changed(launch_at, newer), "UpToDate");
  EXPECT_THAT(changed(reported_at, older), StartsWith("S14"));
  const auto policy = [](unsigned bit) {
    std::string bytes(8, '\0');
    const std::uint64_t bits = std::uint64_t{1} << 17U | std::uint64_t{1} << bit;
    for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<char>(bits >> (8 * i) & 0xFFU);
    return bytes;
  };
  EXPECT_THAT(changed(policy_at, policy(18)), StartsWith("S20"));
  EXPECT_THAT(changed(policy_at, policy(21)), StartsWith("S20"));
  EXPECT_THAT(changed(0x160, "agent"), StartsWith("S20"));
  FakeAmd amd;
  amd.set(policy_at, policy(19));
  EXPECT_TRUE(verdict_on(amd, amd.certificates()).debug);
  amd.set(policy_at, policy(16));
  EXPECT_TRUE(verdict_on(amd, amd.certificates()).smt_allowed);
}

TEST(SnpVerify, EV021_the_state_of_a_machine) {
  const auto without_check = [](FakeAmd& amd) { amd.set(0x40, std::string(1, '\0')); };
  EXPECT_EQ(with(without_check), "ConfigurationNeeded");
  const auto old_launch = [](FakeAmd& amd) { amd.set(launch_at, FakeAmd::tcb(3, 0, 24, 219)); };
  EXPECT_EQ(with(old_launch), "OutOfDate");
  EXPECT_EQ(with([&](FakeAmd& amd) {
              old_launch(amd);
              without_check(amd);
            }),
            "OutOfDateConfigurationNeeded");
  EXPECT_EQ(with([](FakeAmd& amd) {  // nothing is said of the line with the larger cache
              amd.set(0x18A, "\x02");
            }),
            "TcbUnknown");
}

}  // namespace
}  // namespace sconectl::attest
