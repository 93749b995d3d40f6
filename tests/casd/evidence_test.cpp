// Services that prove themselves with quotes of a platform that is made up (RA-084, XA-009,
// XA-010).
#include <algorithm>
#include <regex>

#include "attest/fake_platform.hpp"
#include "casd/service_fixture.hpp"
#include "casd/snp_machine.hpp"
#include "sconectl/cas/wire_denials.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "support/matchers.hpp"
#include "support/repository.hpp"

namespace sconectl::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class OnePlatform final : public collateral::Source {
 public:
  attest::Collateral of(const attest::CollateralNeed& need) override {
    asked.push_back(need);
    if (unreachable) throw diag::Error(diag::ErrorKind::unavailable, "no route to pccs.example");
    return platform.collateral(need.tee);
  }
  FakePlatform platform;
  bool unreachable = false;
  std::vector<attest::CollateralNeed> asked;
};

struct EvidenceTest : ServiceClient {
  EvidenceTest() {
    source.platform.from =
        std::chrono::time_point_cast<std::chrono::seconds>(clock.now()) - std::chrono::days{1};
    source.platform.until = source.platform.from + std::chrono::days{30};
    collateral = &source;
    evidence_test_root = source.platform.root();
    reopen();
  }

  /// A session that wants `variants`, and with `security` below `attestation:`.
  std::string demanding(const std::string& variants, const std::string& security = "",
                        const std::string& in_service = "") {
    return session("a", "services:\n  - name: py\n    command: x\n    attestation: " + variants +
                            "\n" + in_service +
                            (security.empty() ? "" : "security:\n  attestation:\n" + security));
  }
  [[nodiscard]] std::string pinned() const {
    return "[{mrenclave: " + crypto::hex(source.platform.mr_enclave) + "}]";
  }

  cas::ConfigRequest proving(attest::Tee tee = attest::Tee::sgx) {
    auto asked = request("a/py");
    const auto cas_key = crypto::parse_key_hash(service->key_hash());
    source.platform.report_data = cas::report_data(asked, crypto::view(cas_key.value()));
    asked.evidence.type = tee == attest::Tee::sgx ? "sgx-dcap" : "tdx";
    asked.evidence.quote = source.platform.quote(tee);
    return asked;
  }
  /// The client learns nothing, the log says `reason`.
  void refused_because(const cas::ConfigRequest& asked, const std::string& reason) {
    const auto got = fetch(asked);
    EXPECT_EQ(got.answer.status, 403) << got.answer.body;
    EXPECT_THAT(got.answer.messages(),
                StartsWith("Failed to retrieve service attestation configuration\n"
                           "None of the required enclave properties are met\n"
                           "denial "));
    EXPECT_EQ(std::ranges::count(got.answer.messages(), '\n'), 3) << got.answer.messages();
    EXPECT_THAT(log(), HasSubstr(reason));
  }
  /// What its session's owner sees of it.
  cas::DenialInfo denial_of(const cas::ConfigRequest& asked) {
    constexpr std::string_view before = "denial ";
    const auto told = fetch(asked).answer.messages();
    return cas::decode_denial(
        get("/v1/denials/" + told.substr(told.find(before) + before.size(), 16), alice.peer())
            .body);
  }

  OnePlatform source;
};

TEST_F(EvidenceTest, XA010_an_enclave_that_is_pinned_gets_its_configuration) {
  created(demanding(pinned()), alice.peer());
  const auto got = fetch(proving());
  ASSERT_EQ(got.answer.status, 200) << got.answer.body;
  EXPECT_EQ(got.configuration.argv, std::vector<std::string>{"x"});
  ASSERT_EQ(source.asked.size(), 1U);
  EXPECT_EQ(source.asked.front().fmspc, source.platform.fmspc);
  EXPECT_TRUE(source.asked.front().platform_ca);
  EXPECT_THAT(log(), HasSubstr("test root"));
}

TEST_F(EvidenceTest, XA019_another_enclave_is_refused_and_only_the_log_says_why) {
  created(demanding("[{mrenclave: " + std::string(64, 'a') +
                    "}, {mrenclave: " + std::string(64, 'b') + "}]"),
          alice.peer());
  const auto asked = proving();
  refused_because(asked, "attestation[0]: its mrenclave is e4e4");
  EXPECT_THAT(log(), HasSubstr("attestation[1]: its mrenclave is e4e4"));
}

TEST_F(EvidenceTest, RA092_the_owner_sees_every_variant_and_what_would_accept_this_enclave) {
  const auto hash = created(demanding("[{mrenclave: " + std::string(64, 'a') +
                                      "}, {mrenclave: " + std::string(64, 'b') + "}]"),
                            alice.peer());
  const auto denial = denial_of(proving());
  EXPECT_EQ(denial.step, "evidence");
  ASSERT_EQ(denial.reasons.size(), 2U);
  EXPECT_THAT(denial.reasons[0].text, StartsWith("attestation[0]: its mrenclave is e4e4"));
  EXPECT_THAT(denial.reasons[1].text, StartsWith("attestation[1]: its mrenclave is e4e4"));
  const auto pin = denial.reasons[0].change.find("attestation:\n- mrenclave");
  ASSERT_NE(pin, std::string::npos) << denial.reasons[0].change;
  // What is offered accepts the enclave, as it stands there.
  const auto offered =
      std::regex_replace(denial.reasons[0].change.substr(pin), std::regex("(^|\n)(?=.)"), "$1    ");
  created(session("a",
                  "predecessor: " + hash + "\nservices:\n  - name: py\n    command: x\n" + offered),
          alice.peer());
  EXPECT_EQ(fetch(proving()).answer.status, 200) << offered;
}

TEST_F(EvidenceTest, RA092_what_can_be_tolerated_is_said_with_its_price) {
  source.platform.debug = true;
  created(demanding(pinned()), alice.peer());
  const auto denial = denial_of(proving());
  ASSERT_EQ(denial.reasons.size(), 1U);
  EXPECT_EQ(denial.reasons[0].change, "add to security.attestation.tolerate: debug-mode");
  EXPECT_THAT(denial.reasons[0].weakens, HasSubstr("memory of an enclave in debug mode"));
}

TEST_F(EvidenceTest, XA010_evidence_is_good_for_one_request_only) {
  created(demanding(pinned()), alice.peer());
  const std::string about = "the evidence is about something else";
  auto with_another_key = proving();
  with_another_key.public_key = crypto::generate_x25519().public_key;
  refused_because(with_another_key, about);
  auto with_another_nonce = proving();
  with_another_nonce.nonce = nonce();
  refused_because(with_another_nonce, about);
  auto for_another_service = proving();
  for_another_service.config_id = "a/other";
  refused_because(for_another_service, about);
  auto twice = proving();
  EXPECT_EQ(fetch(twice).answer.status, 200);
  refused(fetch(twice), 403, "nonce");
}

TEST_F(EvidenceTest, XA010_evidence_for_another_cas_is_refused) {
  created(demanding(pinned()), alice.peer());
  auto asked = request("a/py");
  source.platform.report_data = cas::report_data(asked, std::string(32, '\1'));
  asked.evidence = {"sgx-dcap", source.platform.quote(), {}, {}};
  refused_because(asked, "the evidence is about something else");
}

TEST_F(EvidenceTest, EV002_a_platform_that_is_known_vouches_for_nothing_else) {
  created(demanding(pinned()), alice.peer());
  constexpr std::size_t size = 432;
  constexpr std::size_t signature = 436;
  constexpr std::size_t platform = 500;
  const auto first = proving();
  EXPECT_EQ(fetch(first).answer.status, 200);
  const auto again = [&] {
    auto asked = proving();
    const std::string& fresh = asked.evidence.quote;
    asked.evidence.quote =
        fresh.substr(0, size) + first.evidence.quote.substr(size, signature - size) +
        fresh.substr(signature, platform - signature) + first.evidence.quote.substr(platform);
    return asked;
  };
  EXPECT_EQ(fetch(again()).answer.status, 200);
  const auto changed = [&](std::size_t at) {
    auto asked = again();
    asked.evidence.quote.at(at) ^= 1;
    return asked;
  };
  refused_because(changed(signature), "quote: the attestation key did not sign it");
  refused_because(changed(platform), "its report does not vouch for the attestation key");
  constexpr std::size_t qe_report = platform + 64;
  refused_because(changed(qe_report), "the platform's key did not sign its report");
  refused_because(changed(qe_report + 384), "the platform's key did not sign its report");
  refused_because(changed(qe_report + 384 + 64 + 2), "does not vouch for the attestation key");
  EXPECT_EQ(fetch(again()).answer.status, 200);
}

TEST_F(EvidenceTest, EV030_the_state_of_the_platform_has_to_be_tolerated) {
  source.platform.tcb_status = "SWHardeningNeeded";
  source.platform.advisories = R"(["INTEL-SA-00615"])";
  auto hash = created(demanding(pinned()), alice.peer());
  refused_because(proving(), "the platform is SWHardeningNeeded; INTEL-SA-00615 applies");
  hash = created(demanding(pinned(),
                           "    tolerate: [software-hardening-needed]\n"
                           "    ignore_advisories: [INTEL-SA-00615]\n") +
                     "predecessor: " + hash + "\n",
                 alice.peer());
  EXPECT_EQ(fetch(proving()).answer.status, 200);
}

TEST_F(EvidenceTest, EV030_debug_enclaves_need_a_word) {
  source.platform.debug = true;
  const auto hash = created(demanding(pinned()), alice.peer());
  refused_because(proving(), "it runs in debug mode");
  created(demanding(pinned(), "    tolerate: [debug-mode]\n") + "predecessor: " + hash + "\n",
          alice.peer());
  EXPECT_EQ(fetch(proving()).answer.status, 200);
}

TEST_F(EvidenceTest, SL094_only_platforms_that_are_named) {
  const std::string other = "    platforms: [\"INTEL_QE_ID:" + std::string(32, '0') + "\"]\n";
  const auto hash = created(demanding(pinned(), "", other), alice.peer());
  refused_because(proving(), "platforms: INTEL_QE_ID:0707");
  const std::string ours =
      "    platforms: [\"INTEL_QE_ID:" + crypto::hex(std::string(16, '\7')) + "\"]\n";
  created(demanding(pinned(), "", ours) + "predecessor: " + hash + "\n", alice.peer());
  EXPECT_EQ(fetch(proving()).answer.status, 200);
}

TEST_F(EvidenceTest, SL095_local_attestation_alone_is_met_by_no_quote) {
  created(demanding(pinned(),
                    "    must_be_sgx_local: true\n"
                    "    tolerate: [local-attestation-trust-cas-tcb]\n"),
          alice.peer());
  refused_because(proving(), "must_be_sgx_local: evidence over a network");
}

TEST_F(EvidenceTest, EV002_a_platform_under_another_root_is_refused_before_anything_is_fetched) {
  created(demanding(pinned()), alice.peer());
  const FakePlatform real = source.platform;
  source.platform = FakePlatform();
  source.platform.from = real.from;
  source.platform.until = real.until;
  refused_because(proving(), "it does not end in the given test root");
  EXPECT_TRUE(source.asked.empty());
  evidence_test_root.reset();
  reopen();
  refused_because(proving(), "it does not end in Intel's SGX root");
}

TEST_F(EvidenceTest, EV011_a_revoked_platform_is_never_accepted) {
  source.platform.pck_revoked = true;
  created(demanding(pinned(),
                    "    tolerate: [outdated-tcb, insecure-configuration, debug-mode]\n"
                    "    ignore_advisories: \"*\"\n"),
          alice.peer());
  refused_because(proving(), "the platform is Revoked");
}

TEST_F(EvidenceTest, without_collateral_a_service_may_come_again) {
  created(demanding(pinned()), alice.peer());
  source.unreachable = true;
  refused(fetch(proving()), 503, "can not judge the evidence now");
  EXPECT_THAT(log(), HasSubstr("no route to pccs.example"));
  source.unreachable = false;
  EXPECT_EQ(fetch(proving()).answer.status, 200);
}

TEST_F(EvidenceTest, what_is_no_quote_is_refused) {
  created(demanding(pinned()), alice.peer());
  auto asked = proving();
  asked.evidence.type = "tdx";
  refused_because(asked, "the evidence is called tdx and is something else");
  asked = proving();
  asked.evidence.quote.resize(600);
  refused_because(asked, "quote");
  asked = proving();
  asked.evidence.quote[200] = static_cast<char>(asked.evidence.quote[200] ^ 1);
  refused_because(asked, "quote: the attestation key did not sign it");
}

TEST_F(EvidenceTest, XA008_a_session_without_attestation_looks_at_no_evidence) {
  created(session("a", "services:\n  - {name: py, command: x}\n" + none), alice.peer());
  auto asked = request("a/py");
  asked.evidence = {"tdx", "anything", {}, {}};
  EXPECT_EQ(fetch(asked).answer.status, 200);
  EXPECT_TRUE(source.asked.empty());
}

TEST_F(EvidenceTest, SL312_the_token_is_demanded_beside_evidence) {
  created(demanding(pinned(), "    mode: hardware\n  service_access_token: \"s3cret token\"\n"),
          alice.peer());
  refused(fetch(proving()), 403, "service access token");
  EXPECT_TRUE(source.asked.empty());
  auto asked = proving();
  asked.access_token_proof =
      cas::proof("s3cret token", cas::ProofRole::client, asked.nonce, asked.public_key);
  EXPECT_EQ(fetch(asked).answer.status, 200);
}

TEST_F(EvidenceTest, SL086_measurements_come_from_secrets_too) {
  created(session("a",
                  "services:\n  - name: py\n    command: x\n"
                  "    attestation: [{mrenclave: $$SCONE::measured$$}]\n"
                  "secrets:\n  - {name: measured, kind: ascii, value: \"" +
                      crypto::hex(source.platform.mr_enclave) + "\"}\n"),
          alice.peer());
  EXPECT_EQ(fetch(proving()).answer.status, 200);
}

/// No version of the service's session changes: what its placeholder stands for does.
TEST_F(EvidenceTest, RA087_a_lease_ends_when_another_enclave_is_demanded) {
  const auto measurement = [](const std::string& value) {
    return session("m", "secrets:\n  - {name: measured, kind: ascii, value: \"" + value +
                            "\", export: {session: a}}\n");
  };
  const auto hash = created(measurement(crypto::hex(source.platform.mr_enclave)), alice.peer());
  created(session("a",
                  "services:\n  - name: py\n    command: x\n    image_name: i\n"
                  "    attestation: [{mrenclave: $$SCONE::measured$$}]\n"
                  "images:\n  - {name: i, injection_files: [/t]}\n"
                  "secrets:\n  - {name: pw, kind: ascii, value: v}\n"
                  "  - name: measured\n    import: {session: m, secret: measured}\n"),
          alice.peer());
  const auto started = fetch(proving());
  ASSERT_EQ(started.answer.status, 200) << started.answer.body << log();
  const auto secret = [&] {
    const cas::SecretsRequest asked{
        {"a/py", started.configuration.lease->id}, cas::SecretUse::file, {"pw"}, key.public_key};
    return post("/v1/service/secrets", cas::encode(asked, started.configuration.lease->key));
  };
  EXPECT_EQ(secret().status, 200);
  created(measurement(std::string(64, 'b')) + "predecessor: " + hash + "\n", alice.peer());
  refused(secret(), 403, "demands other proofs now");
}

/// Every field of the made-up domain is 0x0A repeated, but attributes and XFAM.
std::string tdx_variant(const std::string& more) {
  const std::string measured = crypto::hex(std::string(48, '\x0A'));
  std::string text = "[{tdx: {mrtd: " + measured;
  for (const char* key : {"rtmr0", "rtmr1", "rtmr2"})
    text += std::string(", ") + key + ": " + measured;
  return text + more + "}}]";
}

TEST_F(EvidenceTest, XA004_a_domain_is_pinned_in_all_that_is_not_zero) {
  const std::string measured = crypto::hex(std::string(48, '\x0A'));
  const auto hash = created(demanding(tdx_variant(", mrconfigid: " + measured)), alice.peer());
  refused_because(proving(attest::Tee::tdx), "attestation[0]: tdx: EV-024 rtmr3");
  created(demanding(tdx_variant(", mrconfigid: " + measured + ", rtmr3: " + measured +
                                ", mrowner: any, mrownerconfig: any")) +
              "predecessor: " + hash + "\n",
          alice.peer());
  const auto got = fetch(proving(attest::Tee::tdx));
  EXPECT_EQ(got.answer.status, 200) << got.answer.body << log();
}

TEST_F(EvidenceTest, XA009_evidence_is_compared_with_variants_of_its_kind_only) {
  created(demanding(pinned()), alice.peer());
  refused_because(proving(attest::Tee::tdx), "attestation: no variant is for a TDX domain");
}

TEST_F(EvidenceTest, XA010_evidence_for_a_root_that_the_cas_had_before_is_for_it) {
  created(demanding(pinned()), alice.peer());
  const auto pinned_by_service = service->key_hash();
  const auto token = service->provisioning_token();
  ASSERT_EQ(ask("POST", "/v1/provision", R"({"token":")" + token + R"(","owner_config":{}})",
                alice.peer())
                .status,
            201);
  ASSERT_EQ(ask("POST", "/v1/keys", R"({"rotate":["root"]})", alice.peer()).status, 200);
  EXPECT_EQ(fetch(proving()).answer.status, 200);
  auto asked = request("a/py");
  const auto about = [&](const std::string& cas_key) {
    source.platform.report_data =
        cas::report_data(asked, crypto::view(crypto::parse_key_hash(cas_key).value()));
    asked.evidence.type = "sgx-dcap";
    asked.evidence.quote = source.platform.quote(attest::Tee::sgx);
    return asked;
  };
  EXPECT_EQ(fetch(about(pinned_by_service)).answer.status, 200);
  asked = request("a/py");
  refused_because(about(service->software_key_hash()), "another CAS");
}

struct SnpEvidenceTest : EvidenceTest {
  void SetUp() override {
    NEEDS_CORPUS("../vectors/snp");
    machine.emplace();
    clock.advance(std::chrono::days(516));  // to June 2025
    snp_collateral = &*machine;
    evidence_test_root = crypto::Certificate::from_der(machine->certificates.ark);
    reopen();
  }
  cas::ConfigRequest proving_guest() {
    auto asked = request("a/py");
    const auto cas_key = crypto::parse_key_hash(service->key_hash());
    asked.evidence = {
        "sev-snp", machine->about(cas::report_data(asked, crypto::view(cas_key.value()))), {}, {}};
    return asked;
  }
  std::string guest(const std::string& more = "") const {
    return "[{snp: {measurement: " + machine->measurement() + more + "}}]";
  }
  static constexpr const char* minimum =
      "    min_tcb: [{cpu: milan, bootloader: 4, tee: 0, snp: 24, microcode: 219}]\n";
  std::optional<SnpMachine> machine;
};

TEST_F(SnpEvidenceTest, XA009_a_guest_that_is_pinned_gets_its_configuration) {
  created(demanding(guest(), minimum), alice.peer());
  const auto got = fetch(proving_guest());
  ASSERT_EQ(got.answer.status, 200) << got.answer.body << log();
  EXPECT_EQ(machine->asked_for_chip, 1);
}

TEST_F(SnpEvidenceTest, EV030_what_a_guest_lacks_is_in_the_log) {
  auto hash = created(demanding(guest()), alice.peer());
  refused_because(proving_guest(), "TcbUnknown");
  hash = created(demanding(guest(", host_data: " + std::string(64, 'a')), minimum) +
                     "predecessor: " + hash + "\n",
                 alice.peer());
  refused_because(proving_guest(), "attestation[0]: snp: S22 host_data");
  hash = created(demanding(pinned()) + "predecessor: " + hash + "\n", alice.peer());
  refused_because(proving_guest(), "attestation: no variant is for an SNP guest");
  const std::string other = "    platforms: [\"AMD_CHIP_ID:" + std::string(128, 'a') + "\"]\n";
  created(demanding(guest(), minimum, other) + "predecessor: " + hash + "\n", alice.peer());
  refused_because(proving_guest(), "platforms: AMD_CHIP_ID:");
}

TEST_F(SnpEvidenceTest, EV018_without_amds_list_nothing_is_accepted_unless_the_session_says_so) {
  machine->certificates.crl.clear();
  const auto hash = created(demanding(guest(), minimum), alice.peer());
  refused_because(proving_guest(), "S09");
  created(demanding(guest(), std::string(minimum) + "    require_crl: false\n") +
              "predecessor: " + hash + "\n",
          alice.peer());
  EXPECT_EQ(fetch(proving_guest()).answer.status, 200);
  EXPECT_THAT(log(), HasSubstr("without AMD's list of revoked certificates"));
}

TEST_F(SnpEvidenceTest, XA010_a_report_about_something_else_is_refused) {
  created(demanding(guest(), minimum), alice.peer());
  auto asked = proving_guest();
  asked.public_key = crypto::generate_x25519().public_key;
  refused_because(asked, "the evidence is about something else");
  asked = proving_guest();
  asked.evidence.certificates = "no table";
  refused_because(asked, "evidence refused");
}

}  // namespace
}  // namespace sconectl::test
