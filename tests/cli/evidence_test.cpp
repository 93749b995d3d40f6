// `collateral ...` and `session explain-attestation` over a platform that is made up.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "attest/fake_platform.hpp"
#include "program.hpp"
#include "sconectl/collateral/bundle.hpp"
#include "sconectl/crypto/encoding.hpp"

namespace sconectl::cli {
namespace {

using test::Program;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Evidence : testing::Test {
  Evidence() {
    platform.from = std::chrono::time_point_cast<std::chrono::seconds>(program.machine.clock.now());
    platform.until = platform.from + std::chrono::days{20};
    platform.advisories = R"(["INTEL-SA-00615"])";
    platform.tcb_status = "SWHardeningNeeded";
    auto& files = program.machine.files;
    files.put("/cwd/quote.bin", platform.quote());
    files.put("/cwd/root.pem", platform.root().pem());
    files.replace_tree("/cwd/bundle", collateral::bundle_tree(platform.collateral()), 0755);
  }
  int explain(const std::string& session, std::vector<std::string> more = {}) {
    program.machine.files.put("/cwd/s.yaml", session);
    std::vector<std::string> words{"session",
                                   "explain-attestation",
                                   "/cwd/s.yaml",
                                   "--service",
                                   "web",
                                   "--evidence",
                                   "/cwd/quote.bin",
                                   "--collateral",
                                   "/cwd/bundle",
                                   "--only_for_testing-root",
                                   "/cwd/root.pem"};
    words.insert(words.end(), more.begin(), more.end());
    return program.run(words);
  }
  static std::string session(const std::string& attestation, const std::string& security = "") {
    return "version: \"0.3.12\"\nname: demo\nservices:\n  - name: web\n    command: x\n"
           "    attestation: " +
           attestation + "\n" + security;
  }
  [[nodiscard]] std::string pinned() const {
    return "[{mrenclave: " + crypto::hex(platform.mr_enclave) + "}]";
  }

  Program program;
  test::FakePlatform platform;
};

TEST_F(Evidence, EV030_every_reason_is_told_with_what_would_help) {
  EXPECT_EQ(explain(session("[{mrenclave: " + std::string(64, 'a') + "}]")), 1);
  EXPECT_THAT(program.out, AllOf(HasSubstr("refused\n"),
                                 HasSubstr("objection: the platform is SWHardeningNeeded\n"),
                                 HasSubstr("objection: INTEL-SA-00615 applies\n"),
                                 HasSubstr("objection: attestation[0]: its mrenclave is e4e4"),
                                 HasSubstr("tolerate: [software-hardening-needed]\n"),
                                 HasSubstr("ignore_advisories: [INTEL-SA-00615]\n")));
  EXPECT_THAT(program.err, HasSubstr("whoever has its key can claim anything"));
  const std::string tolerant =
      "security:\n  attestation:\n"
      "    tolerate: [software-hardening-needed]\n"
      "    ignore_advisories: [INTEL-SA-00615]\n";
  EXPECT_EQ(explain(session(pinned(), tolerant)), 0);
  EXPECT_EQ(program.out, "accepted\n");
  EXPECT_EQ(explain(session(pinned()), {"--json"}), 1);
  const auto json = nlohmann::json::parse(program.out);
  EXPECT_EQ(json.at("accepted"), false);
  EXPECT_EQ(json.at("objections").size(), 2U);
  EXPECT_EQ(explain(session("[]", "security: {attestation: {mode: none}}\n")), 0);
  EXPECT_THAT(program.out, HasSubstr("looks at no evidence"));
}

TEST_F(Evidence, questions_that_have_no_answer) {
  EXPECT_NE(explain(session("[{mrenclave: $$SCONE::measured$$}]",
                            "secrets: [{name: measured, kind: ascii, value: x}]\n")),
            0);
  EXPECT_THAT(program.err, HasSubstr("measured"));
  EXPECT_NE(explain(session(pinned()), {"--service", "wep"}), 0);
  program.machine.files.put("/cwd/quote.bin", "no quote");
  EXPECT_NE(explain(session(pinned())), 0);
  EXPECT_THAT(program.err, HasSubstr("'/cwd/quote.bin' holds no quote"));
}

TEST_F(Evidence, collateral_that_ends_soon_is_told) {
  const auto check = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"collateral", "check", "/cwd/bundle"};
    words.insert(words.end(), more.begin(), more.end());
    return program.run(words);
  };
  EXPECT_EQ(check({}), 1);
  EXPECT_THAT(program.out, AllOf(HasSubstr("TCB info ends at"), HasSubstr("within 30 days"),
                                 Not(HasSubstr("Root CA"))));
  EXPECT_EQ(check({"--warn-days", "7"}), 0);
  EXPECT_EQ(program.out, "");
  program.machine.clock.advance(std::chrono::days(14));
  EXPECT_EQ(check({"--warn-days", "30,7", "--json"}), 1);
  const auto json = nlohmann::json::parse(program.out);
  EXPECT_EQ(json.at("endings").at(0).at("within_days"), 7);
  program.machine.clock.advance(std::chrono::days(7));
  EXPECT_EQ(check({"--warn-days", "0"}), 1);
  EXPECT_THAT(program.out, HasSubstr("QE identity ended at"));
  EXPECT_EQ(check({"--at", "2024-01-03T00:00:00Z", "--warn-days", "7"}), 0);
  program.machine.files.put("/cwd/bundle/tcbInfo.json", "{");
  EXPECT_EQ(check({"--warn-days", "0"}), 1);
  EXPECT_THAT(program.out, HasSubstr("can not be read"));
  EXPECT_NE(program.run({"collateral", "check", "/home/user"}), 0);
  EXPECT_THAT(program.err, HasSubstr("holds no collateral"));
}

TEST_F(Evidence, collateral_is_fetched_for_genuine_platforms_only) {
  EXPECT_NE(program.run({"collateral", "fetch", "/cwd/quote.bin", "-o", "/cwd/out", "--source",
                         "file:/cwd/bundle"}),
            0);
  EXPECT_THAT(program.err, HasSubstr("does not end in Intel's SGX root"));
  EXPECT_EQ(
      program.run({"collateral", "fetch", "/cwd/quote.bin", "/cwd/quote.bin", "-o", "/cwd/out",
                   "--source", "file:/cwd/bundle", "--only_for_testing-root", "/cwd/root.pem"}),
      0)
      << program.err;
  EXPECT_EQ(program.out, "sgx-00606a000000-platform\n");
  EXPECT_EQ(program.run({"collateral", "show", "/cwd/out"}), 0);
  EXPECT_THAT(program.out, HasSubstr("sgx-00606a000000-platform: TCB info from 2024-01-02T"));
  EXPECT_NE(
      program.run({"collateral", "fetch", "/cwd/quote.bin", "-o", "/cwd/out", "--source", "pccs"}),
      0);
  EXPECT_THAT(program.err, HasSubstr("'pccs' is no source of collateral"));
}

}  // namespace
}  // namespace sconectl::cli
