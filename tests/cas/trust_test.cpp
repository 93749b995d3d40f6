#include "sconectl/cas/trust.hpp"

#include "chains.hpp"
#include "expect_error.hpp"
#include "sconectl/crypto/hash.hpp"

namespace sconectl::cas {
namespace {

using diag::ErrorKind;
using test::CasChain;
using test::contains;
using test::error_of;
using test::ours;
using test::theirs;

Attested attested(const CasChain& chain = ours()) {
  Attested result;
  result.report.additional_data.session_encryption_key = std::string(64, 'e');
  result.report.additional_data.cert_chain = chain.reported();
  result.report.additional_data.cas_version = "7.0.0";
  result.nonce = std::string(32, 'n');
  result.report.report_data_preimage =
      report_data_preimage(result.report.additional_data, result.nonce);
  result.peer_chain = chain.presented();
  result.url = "https://mycas:8081/";
  return result;
}

AttestOptions pinned() {
  AttestOptions options;
  options.cas_key_hash = ours().key_hash();
  return options;
}

AttestOptions any_cas() {
  AttestOptions options;
  options.testing_debug = options.testing_ignore_signer = options.testing_trust_any = true;
  return options;
}

std::string refusal(const Attested& attested, const AttestOptions& options,
                    const KnownCas* before = nullptr) {
  return error_of(ErrorKind::refused,
                  [&] { return trusted_cas(attested, options, before, nullptr); });
}

TEST(Trust, CL106_a_pinned_native_cas_becomes_an_entry) {
  const KnownCas known = trusted_cas(attested(), pinned(), nullptr, nullptr);
  EXPECT_EQ(known.url, "https://mycas:8081/");
  EXPECT_EQ(known.chain, ours().reported());
  EXPECT_EQ(known.cas_key_hash, ours().key_hash());
  EXPECT_EQ(known.cas_software_key_hash, ours().software_key_hash());
  EXPECT_EQ(known.session_encryption_key, std::string(64, 'e'));
  EXPECT_TRUE(contains(known.attestation, "key pin"));
}

TEST(Trust, CL106_all_three_testing_flags_take_any_key_on_first_use) {
  EXPECT_EQ(trusted_cas(attested(), any_cas(), nullptr, nullptr).cas_key_hash, ours().key_hash());
}

TEST(Trust, CL106_RA064_evidence_none_is_refused_with_the_way_out) {
  const std::string text = refusal(attested(), AttestOptions{});
  EXPECT_TRUE(contains(text, "-c " + ours().key_hash())) << text;
  EXPECT_TRUE(contains(text, "--only_for_testing-trust-any")) << text;
  AttestOptions two;  // the usual tolerances are not enough
  two.accept_configuration_needed = two.accept_group_out_of_date = true;
  two.accept_sw_hardening_needed = true;
  refusal(attested(), two);
}

TEST(Trust, CL098_a_wrong_pin_names_both_hashes) {
  AttestOptions options;
  options.cas_key_hash = theirs().key_hash();
  const std::string text = refusal(attested(), options);
  EXPECT_TRUE(contains(text, ours().key_hash())) << text;
  EXPECT_TRUE(contains(text, theirs().key_hash())) << text;
  options = any_cas();  // the pin still counts under the testing flags
  options.cas_key_hash = theirs().key_hash();
  refusal(attested(), options);
}

TEST(Trust, CL098_software_key_is_checked_too) {
  AttestOptions options = pinned();
  options.cas_software_key_hash = ours().software_key_hash();
  EXPECT_NO_THROW((void)trusted_cas(attested(), options, nullptr, nullptr));
  options.cas_software_key_hash = ours().key_hash();
  EXPECT_TRUE(contains(refusal(attested(), options), "software key hash"));
}

TEST(Trust, RA063_the_connection_must_belong_to_the_report) {
  Attested swapped = attested();
  swapped.peer_chain = theirs().presented();
  EXPECT_TRUE(contains(refusal(swapped, any_cas()), "connection"));
  // Presenting our certificates beside a foreign leaf does not help.
  swapped.peer_chain = {theirs().leaf.pem(), ours().software.pem(), ours().root.pem()};
  refusal(swapped, pinned());
  swapped.peer_chain = {};
  refusal(swapped, pinned());
  swapped.peer_chain = {"garbage"};
  refusal(swapped, pinned());
}

TEST(Trust, RA063_a_root_that_is_only_named_in_the_report_is_not_enough) {
  // The attacker's chain, with our root put behind it.
  Attested forged = attested(theirs());
  forged.report.additional_data.cert_chain = theirs().software.pem() + ours().root.pem();
  forged.report.report_data_preimage.clear();
  EXPECT_TRUE(contains(refusal(forged, pinned()), "not one chain"));
  forged.report.additional_data.cert_chain = theirs().reported() + ours().root.pem();
  refusal(forged, pinned());
  forged.report.additional_data.cert_chain = ours().software.pem();
  refusal(forged, pinned());
  forged.report.additional_data.cert_chain = "";
  refusal(forged, pinned());
}

TEST(Trust, RA063_a_replayed_report_is_refused) {
  Attested replayed = attested();
  replayed.nonce = std::string(32, 'm');
  EXPECT_TRUE(contains(refusal(replayed, pinned()), "does not answer this request"));
}

TEST(Trust, CL102_a_changed_key_needs_the_new_key_by_name) {
  const KnownCas before = theirs().known();
  const std::string text = refusal(attested(), any_cas(), &before);
  EXPECT_TRUE(contains(text, ours().key_hash())) << text;
  EXPECT_TRUE(contains(text, theirs().key_hash())) << text;
  EXPECT_EQ(trusted_cas(attested(), pinned(), &before, nullptr).cas_key_hash, ours().key_hash());
  const KnownCas same = ours().known();
  EXPECT_NO_THROW((void)trusted_cas(attested(), any_cas(), &same, nullptr));
}

TEST(Trust, CL021_members_of_others_survive_a_new_attestation) {
  KnownCas before = ours().known();
  before.other = R"({"ias_report":{"body":"x"}})";
  EXPECT_EQ(trusted_cas(attested(), pinned(), &before, nullptr).other, before.other);
}

TEST(Trust, CL104_CL105_critical_facts_need_their_own_permission) {
  Attested unprovisioned = attested();
  unprovisioned.report.additional_data.provisioned = false;
  unprovisioned.report.report_data_preimage.clear();
  EXPECT_TRUE(contains(refusal(unprovisioned, pinned()), "allow-unprovisioned-cas"));
  AttestOptions options = pinned();
  options.testing_allow_unprovisioned = true;
  EXPECT_NO_THROW((void)trusted_cas(unprovisioned, options, nullptr, nullptr));

  Attested injected = attested();
  injected.report.additional_data.injected_database_key = true;
  injected.report.report_data_preimage.clear();
  EXPECT_TRUE(contains(refusal(injected, pinned()), "--allow-cas-owner-secret-access"));

  Attested unknown = attested();
  unknown.report.additional_data.unknown_critical = {"debug_port"};
  EXPECT_TRUE(contains(refusal(unknown, any_cas()), "debug_port"));
}

TEST(Trust, RA063_hardware_evidence_goes_to_the_judge_with_the_report_data) {
  Attested hardware = attested();
  hardware.report.evidence = {"sgx-dcap", "quote", {}};
  error_of(ErrorKind::unsupported,
           [&] { return trusted_cas(hardware, pinned(), nullptr, nullptr); });
  std::string seen;
  const auto judge = [&](const Evidence&, std::string_view report_data, const AttestOptions&) {
    seen = report_data;
    return std::string();
  };
  EXPECT_NO_THROW((void)trusted_cas(hardware, AttestOptions{}, nullptr, judge));
  EXPECT_EQ(seen,
            crypto::sha512(report_data_preimage(hardware.report.additional_data, hardware.nonce)));
  const auto no = [](const Evidence&, std::string_view, const AttestOptions&) {
    return std::string("Enclave hash does not match expectation");
  };
  EXPECT_TRUE(contains(
      error_of(ErrorKind::refused, [&] { return trusted_cas(hardware, any_cas(), nullptr, no); }),
      "Enclave hash"));
}

TEST(Trust, CL016_known_cas_is_recognised_by_its_root_whatever_its_leaf) {
  EXPECT_EQ(chain_refusal(ours().known(), ours().presented()), "");
  // A new leaf and a new software certificate below the same root.
  CasChain renewed = ours();
  renewed.software_key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  renewed.software =
      CasChain::make("cas-instance", true, renewed.software_key, renewed.root_key, &renewed.root);
  renewed.leaf = CasChain::make("other-name", false, renewed.leaf_key, renewed.software_key,
                                &renewed.software);
  EXPECT_EQ(chain_refusal(ours().known(), renewed.presented()), "");
}

TEST(Trust, CL016_another_key_is_refused_with_both_hashes) {
  const std::string text = chain_refusal(ours().known(), theirs().presented());
  EXPECT_TRUE(contains(text, ours().key_hash())) << text;
  EXPECT_TRUE(contains(text, theirs().key_hash())) << text;
}

TEST(Trust, CL016_a_foreign_leaf_in_front_of_our_chain_is_refused) {
  const std::vector<std::string> mixed = {theirs().leaf.pem(), ours().software.pem(),
                                          ours().root.pem()};
  EXPECT_NE(chain_refusal(ours().known(), mixed), "");
  EXPECT_NE(chain_refusal(PinnedKey{ours().key_hash()}, mixed), "");
  EXPECT_NE(chain_refusal(PinnedKey{ours().software_key_hash()}, mixed), "");
}

TEST(Trust, CL016_a_leaf_is_no_authority) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  const auto below_leaf = CasChain::make("cas", false, key, ours().leaf_key, &ours().leaf);
  const std::vector<std::string> chain = {below_leaf.pem(), ours().leaf.pem(),
                                          ours().software.pem(), ours().root.pem()};
  EXPECT_NE(chain_refusal(ours().known(), chain), "");
  EXPECT_NE(chain_refusal(PinnedKey{ours().key_hash()}, chain), "");
}

TEST(Trust, CL016_pinned_key_hash_of_root_or_software) {
  EXPECT_EQ(chain_refusal(PinnedKey{ours().key_hash()}, ours().presented()), "");
  EXPECT_EQ(chain_refusal(PinnedKey{ours().software_key_hash()}, ours().presented()), "");
  EXPECT_TRUE(contains(chain_refusal(PinnedKey{theirs().key_hash()}, ours().presented()),
                       ours().key_hash()));
}

TEST(Trust, CL016_empty_or_broken_chains_are_refused) {
  KnownCas empty;
  EXPECT_NE(chain_refusal(empty, ours().presented()), "");
  empty.chain = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_NE(chain_refusal(empty, ours().presented()), "");
  EXPECT_NE(chain_refusal(ours().known(), {}), "");
  const std::vector<std::string> garbage = {"x"};
  EXPECT_NE(chain_refusal(ours().known(), garbage), "");
  EXPECT_EQ(chain_refusal(TrustAny{}, garbage), "");
}

TEST(Options, CL099_contradictions_are_usage_errors) {
  const auto wrong = [](auto change) {
    AttestOptions options;
    change(options);
    return error_of(ErrorKind::usage, [&] {
      check_options(options);
      return 0;
    });
  };
  wrong([](AttestOptions& o) { o.testing_debug = true; });
  wrong([](AttestOptions& o) { o.testing_ignore_signer = true; });
  wrong([](AttestOptions& o) {
    o.testing_ignore_signer = o.testing_trust_any = true;  // not in debug mode
  });
  wrong([](AttestOptions& o) { o.mrsigner = std::string(64, 'a'); });
  wrong([](AttestOptions& o) { o.mrenclave = {"abc"}; });
  wrong([](AttestOptions& o) { o.isvprodid = 1; });
  wrong([](AttestOptions& o) { o.cas_key_hash = "not a hash"; });
  EXPECT_NO_THROW(check_options(any_cas()));
  AttestOptions fine;
  fine.isvsvn = 3;
  EXPECT_NO_THROW(check_options(fine));
  fine.testing_ignore_signer = true;
  fine.mrenclave = {std::string(64, 'a')};
  EXPECT_NO_THROW(check_options(fine));
}

TEST(Tolerance, CL098_spellings_seen_in_public_meshes) {
  const auto all = parse_tolerance(
      "--only_for_testing-trust-any --only_for_testing-debug  --only_for_testing-ignore-signer -C "
      "-G -S");
  EXPECT_TRUE(all.takes_any());
  EXPECT_TRUE(all.accept_configuration_needed && all.accept_group_out_of_date &&
              all.accept_sw_hardening_needed);
  AttestOptions group;
  group.accept_group_out_of_date = true;
  EXPECT_EQ(parse_tolerance("-G"), group);
  AttestOptions hardening;
  hardening.accept_sw_hardening_needed = hardening.accept_configuration_needed = true;
  EXPECT_EQ(parse_tolerance("--software-hardening-needed --insecure-configuration"), hardening);
  EXPECT_EQ(parse_tolerance("--accept-configuration-needed --accept-sw-hardening-needed"),
            hardening);
  EXPECT_EQ(parse_tolerance("-SC"), hardening);
  EXPECT_EQ(parse_tolerance(""), AttestOptions{});
  EXPECT_EQ(parse_tolerance(" \n\t"), AttestOptions{});
}

TEST(Tolerance, CL098_options_with_values) {
  const auto options = parse_tolerance(
      "-c KEY -GsSOFT --mrenclave=aa --mrenclave bb --isvsvn 7 "
      "--ignore-advisories INTEL-SA-00001,INTEL-SA-00002");
  EXPECT_EQ(options.cas_key_hash, "KEY");
  EXPECT_EQ(options.cas_software_key_hash, "SOFT");
  EXPECT_TRUE(options.accept_group_out_of_date);
  EXPECT_EQ(options.mrenclave, (std::vector<std::string>{"aa", "bb"}));
  EXPECT_EQ(options.isvsvn, 7);
  EXPECT_EQ(options.ignore_advisories.size(), 2U);
}

TEST(Tolerance, CL098_unknown_words_are_refused_with_the_nearest_one) {
  EXPECT_TRUE(contains(
      error_of(ErrorKind::invalid, [] { return parse_tolerance("--accept-group-out-of-dat"); }),
      "--accept-group-out-of-date"));
  for (const char* text : {"-X", "-GX", "G", "--", "-", "-c", "--mrenclave", "--isvsvn x",
                           "--isvsvn 65536", "-G; rm -rf", "--only_for_testing-debug=1"})
    error_of(ErrorKind::invalid, [&] { return parse_tolerance(text); });
}

}  // namespace
}  // namespace sconectl::cas
