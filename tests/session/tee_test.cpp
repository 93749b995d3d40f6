// The extension tee/1: variants of confidential virtual machines.
#include <algorithm>

#include "sconectl/session/hash.hpp"
#include "sconectl/session/resolve.hpp"
#include "sconectl/session/write.hpp"
#include "support.hpp"
#include "support/matchers.hpp"

namespace sconectl::session::test {
namespace {

const std::string one48(96, 'a');
const std::string two48(96, 'b');
const std::string one32(64, 'c');
const std::string amd_minimum = "{cpu: milan, bootloader: 4, tee: 0, snp: 24, microcode: 219}";
const std::string amd_security =
    "security: {attestation: {tolerate: [hyperthreading], min_tcb: [" + amd_minimum + "]}}\n";

std::string machine(const std::string& attestation, const std::string& rest = amd_security) {
  return with("services:\n- name: web\n  command: /bin/web\n  attestation: " + attestation + "\n" +
              rest);
}
std::string domain(const std::string& more, const std::string& rest = amd_security) {
  return machine("{tdx: {mrtd: " + one48 + ", rtmr0: any, rtmr1: " + one48 + ", rtmr2: " + one48 +
                     ", mrconfigid: " + one48 + (more.empty() ? "" : ", " + more) + "}}",
                 rest);
}
std::string guest(const std::string& more, const std::string& rest = amd_security) {
  return machine("{snp: {measurement: " + one48 + ", host_data: " + one32 +
                     (more.empty() ? "" : ", " + more) + "}}",
                 rest);
}
std::string secure(const std::string& attestation) {
  return guest("", "security: {attestation: {tolerate: [hyperthreading], " + attestation + "}}\n");
}

/// Warnings of an accepted session of the extension, of which none is about this.
auto only_without(const std::string& part) {
  return testing::AllOf(testing::Contains(HasSubstr("uses extension tee/1")),
                        testing::Each(Not(HasSubstr(part))));
}

const SnpVariant& snp_of(const Session& session) {
  return std::get<SnpVariant>(
      *std::get<AttestationVariant>(session.services[0].attestation[0]).snp);
}
const TdxVariant& tdx_of(const Session& session) {
  return std::get<TdxVariant>(
      *std::get<AttestationVariant>(session.services[0].attestation[0]).tdx);
}

TEST(Tee, XA001_variants_are_of_one_kind) {
  accepts(machine("[{mrenclave: " + mrenclave + "}, {snp: {measurement: " + one48 + "}}]"));
  for (const std::string& other :
       {"mrenclave: " + mrenclave, "signer: {mrsigner: " + mrenclave + ", isvprodid: 0}",
        "tdx: {mrtd: " + one48 + ", rtmr0: any, rtmr1: any, rtmr2: any}"})
    refuses(machine("{snp: {measurement: " + one48 + "}, " + other + "}"), "mixes kinds");
  refuses(machine("{sev: {}}"), "unknown key 'services[0].attestation.sev'");
  refuses(machine("{tdx: ~}"), "needs 'mrenclave' or 'signer', or 'tdx' or 'snp'");
}

TEST(Tee, XA001_one_warning_says_that_the_extension_is_used) {
  const auto outcome =
      judged(machine("[{snp: {measurement: " + one48 + ", host_data: " + one32 +
                     "}}, {snp: {measurement: " + two48 + ", host_data: " + one32 + "}}]"));
  EXPECT_THAT(outcome.errors, IsEmpty());
  ASSERT_EQ(outcome.warnings.size(), 1U);
  EXPECT_THAT(outcome.warnings[0], HasSubstr("uses extension tee/1"));
  EXPECT_TRUE(uses_tee_extension(outcome.session));
  for (const std::string& hidden :
       {service("platforms: ['AMD_CHIP_ID:0123456789abcdef']"),
        service("", "security: {attestation: {min_tcb: [" + amd_minimum + "]}}\n"),
        service("", "security: {attestation: {require_crl: false}}\n"),
        machine("$$SCONE::x$$",
                "secrets: [{name: x, kind: config-fragment, value: {snp: {measurement: " + one48 +
                    "}}}]\n")})
    warns(hidden, "uses extension tee/1");
  EXPECT_FALSE(uses_tee_extension(read(service(""))));
  no_warning(service(""));
}

TEST(Tee, XA002_hex_is_text_of_exact_length) {
  const std::string digits(96, '1');  // no number
  EXPECT_EQ(snp_of(read(machine("{snp: {measurement: " + digits + "}}"))).measurement.values,
            (std::vector<Setting<std::string>>{digits}));
  EXPECT_EQ(snp_of(read(machine("{snp: {measurement: " + std::string(96, 'A') + "}}")))
                .measurement.values,
            (std::vector<Setting<std::string>>{one48}));
  for (const std::string& bad : {std::string(95, 'a'), std::string(97, 'a'), "0x" + one48,
                                 std::string(96, 'g'), mrenclave, std::string("''")})
    refuses(machine("{snp: {measurement: " + bad + "}}"), "must be 96 hex digits");
  refuses(guest("family_id: abc"), "must be 32 hex digits");
  refuses(guest("image_id: [abc]"), "image_id[0]' must be 32 hex digits");
  refuses(domain("xfam: abc"), "must be 16 hex digits");
  refuses(domain("mrowner: " + one32), "must be 96 hex digits");
  for (const char* list : {"host_data: []", "policy: []", "csp_id: []", "id_key: []"})
    refuses(machine("{snp: {measurement: " + one48 + ", " + list + "}}"), "is an empty list");
  refuses(secure("min_tcb: []"), "is an empty list");
}

TEST(Tee, XA002_a_misspelt_key_is_an_error) {
  refuses(guest("hostdata: " + one32), "did you mean 'host_data'?");
  refuses(domain("mrconfig_id: " + one48), "did you mean 'mrconfigid'?");
  refuses(domain("measurement: " + one48), "unknown key");
  refuses(secure("mintcb: []"), "did you mean 'min_tcb'?");
}

std::vector<AttestationVariant> resolved(const Session& session, const yaml::Value& value,
                                         diag::Diagnostics& out) {
  return resolved_attestation(
      session.services[0], [&](const Placeholder&) { return value; }, out);
}

TEST(Tee, XA002_placeholders_for_values_lists_maps_and_variants) {
  const auto secret_x = [](const std::string& value) {
    return "secrets: [{name: x, kind: config-fragment, value: " + value + "}]\n" + amd_security;
  };
  const std::string list = "[" + one48 + ", " + two48 + "]";
  const std::string map = "{measurement: " + one48 + ", host_data: " + one32 + "}";
  for (const auto& [place, value, count] :
       {std::tuple{std::string("{snp: {measurement: [$$SCONE::x$$, " + one48 + "]}}"), list, 3U},
        {"{snp: {measurement: $$SCONE::x$$}}", list, 2U},
        {"{snp: {measurement: $$SCONE::x$$}}", one48, 1U},
        {"{snp: $$SCONE::x$$}", map, 1U},
        {"[$$SCONE::x$$]", "[{snp: " + map + "}]", 1U}}) {
    const Session session = read(machine(place, secret_x(value)));
    diag::Diagnostics out;
    const auto variants =
        resolved(session, std::get<ConfigFragment>(session.secrets[0].body).value, out);
    EXPECT_FALSE(out.has_errors()) << place;
    ASSERT_EQ(variants.size(), 1U) << place;
    EXPECT_EQ(std::get<SnpVariant>(*variants[0].snp).measurement.values.size(), count) << place;
  }
}

/// What a secret holds is judged as text of the session is.
TEST(Tee, XA002_XA005_what_placeholders_stand_for_is_judged) {
  const auto with_value = [](const std::string& place, const std::string& value) {
    return machine(place, "secrets: [{name: x, kind: config-fragment, value: " + value + "}]\n");
  };
  const std::string measured = "{snp: {measurement: $$SCONE::x$$}}";
  // Whoever reads the session has to see it.
  refuses(with_value(measured, "any"), "not for an item of a list");
  refuses(with_value("{snp: {measurement: [$$SCONE::x$$]}}", "any"), "not for an item of a list");
  refuses(with_value(measured, "[]"), "is an empty list");
  refuses(with_value("{snp: {measurement: [$$SCONE::x$$]}}", "[]"), "is an empty list");
  refuses(with_value(measured, "zz"), "must be 96 hex digits");
  refuses(with_value("{snp: $$SCONE::x$$}", "{measurement: any}"), "pins nothing");
  refuses(with_value("$$SCONE::x$$", "{snp: {measurment: " + one48 + "}}"), "unknown key");
  refuses(with_value("$$SCONE::x$$",
                     "{snp: {measurement: " + one48 + "}, mrenclave: " + mrenclave + "}"),
          "mixes kinds");
  refuses(machine("{snp: {measurement: $$SCONE::gone$$}}"), "no secret of this session");
  refuses(machine("{snp: {measurement: a$$SCONE::x$$}}"), "exactly one placeholder");
  const auto shown = judged(with_value(measured, "zz"));
  EXPECT_THAT(shown.errors[0], sconectl::test::HasButNot("96 hex digits", "zz"));
}

TEST(Tee, XA003_any_is_a_whole_value_and_warns) {
  warns(domain(""), "'rtmr0: any' accepts every value");
  warns(domain("mrservicetd: any"), "'mrservicetd: any' accepts every value");
  warns(machine("{snp: {measurement: any, id_key: " + one48 + "}}"),
        "'measurement: any' accepts every value");
  refuses(guest("id_key: [any]"), "'any' stands for the whole value, not for an item of a list");
  refuses(guest("id_key: [" + one48 + ", any]"), "not for an item of a list");
  for (const char* unchecked : {"td_attributes: any", "xfam: any"})
    refuses(domain(unchecked), "leave it out, and it is not checked");
}

TEST(Tee, XA004_what_has_no_harmless_value_has_to_be_said) {
  refuses(machine("{snp: {host_data: " + one32 + "}}"), "measurement' is missing");
  for (const std::string key : {"mrtd", "rtmr0", "rtmr1", "rtmr2"}) {
    std::string keys;
    for (const std::string other : {"mrtd", "rtmr0", "rtmr1", "rtmr2"})
      if (other != key) keys += other + ": " + one48 + ", ";
    refuses(machine("{tdx: {" + keys + "mrconfigid: " + one48 + "}}"), key + "' is missing");
  }
}

TEST(Tee, XA005_something_has_to_be_pinned) {
  refuses(machine("{snp: {measurement: any}}"), "pins nothing");
  refuses(machine("{snp: {measurement: any, host_data: " + one32 + ", id_key: any}}"),
          "pins nothing");
  accepts(machine("{snp: {measurement: any, id_key: " + one48 + "}}"));
  accepts(machine("{snp: {measurement: any, author_key: " + one48 + "}}"));
  refuses(machine("{tdx: {mrtd: any, rtmr0: " + one48 + ", rtmr1: any, rtmr2: any}}"),
          "pins nothing");
  accepts(machine("{tdx: {mrtd: any, rtmr0: any, rtmr1: any, rtmr2: " + one48 + "}}"));
}

TEST(Tee, XA006_a_short_digest_is_filled_up) {
  const std::string start = "{tdx: {mrtd: " + one48 + ", rtmr0: any, rtmr1: any, rtmr2: any, ";
  EXPECT_EQ(tdx_of(read(machine(start + "mrconfigid: " + one32 + "}}"))).mrconfigid,
            tdx_of(read(machine(start + "mrconfigid: [" + one32 + std::string(32, '0') + "]}}")))
                .mrconfigid);
  refuses(machine(start + "mrconfigid: " + std::string(62, 'a') + "}}"), "must be 96 hex digits");
}

TEST(Tee, XA007_a_machine_is_no_workload) {
  const std::string about = "any container of this VM image";
  const std::string bare = "{snp: {measurement: " + one48 + "}}";
  warns(machine(bare), about);
  warns(machine("{snp: {measurement: " + one48 + ", host_data: any}}"), about);
  warns(machine("{tdx: {mrtd: " + one48 + ", rtmr0: any, rtmr1: any, rtmr2: any}}"), about);
  warns(machine("[{snp: {measurement: " + one48 + ", host_data: " + one32 + "}}, " + bare + "]"),
        about);
  const auto silent = [&](const std::string& text) {
    EXPECT_THAT(judged(text).warnings, only_without(about)) << text;
  };
  silent(guest(""));
  silent(domain(""));
  silent(machine("{tdx: {mrtd: " + one48 + ", rtmr0: any, rtmr1: any, rtmr2: any, rtmr3: " + one48 +
                 "}}"));
  silent(machine(bare, "security: {service_access_token: 0123456789abcdef}\n"));
  silent(machine(bare + "\n  one_time_password_shared_secret: gezdgnbvgy3tqojqgezdgnbvgy3tqojq"));
  no_warning(service(""));
}

TEST(Tee, XA008_modes) {
  const std::string by_azure =
      "security: {attestation: {mode: maa, url: 'https://a.b.attest.azure.net', "
      "tolerate: [maa-managed-tcb]";
  accepts(guest("", by_azure + "}}\n"));
  warns(guest("", by_azure + ", min_tcb: [" + amd_minimum + "]}}\n"),
        "'min_tcb' has no effect with 'mode: maa'");
  const std::string local =
      "security: {attestation: {must_be_sgx_local: true, tolerate: "
      "[local-attestation-trust-cas-tcb, hyperthreading], min_tcb: [" +
      amd_minimum + "]}}\n";
  refuses(guest("", local), "'must_be_sgx_local' lets only SGX enclaves in");
  warns(machine("[{mrenclave: " + mrenclave + "}, {snp: {measurement: " + one48 + "}}]", local),
        "never match with 'must_be_sgx_local'");
  const auto open = judged(guest("", "security: {attestation: {mode: none}}\n"));
  EXPECT_THAT(open.errors, IsEmpty());
  EXPECT_THAT(open.warnings, only_without("no SNP machine"));
}

TEST(Tee, XA013_minimum_versions) {
  const Session session =
      read(secure("min_tcb: [{cpu: turin, fmc: 1, bootloader: 1, tee: 1, snp: 4, microcode: 81, "
                  "firmware: 1.55.65}, " +
                  amd_minimum + "]"));
  const auto& attestation =
      std::get<SecurityAttestation>(std::get<Security>(session.security).attestation);
  EXPECT_EQ(std::get<MinTcb>(attestation.min_tcb[0]),
            (MinTcb{CpuLine::turin, 1, 1, 1, 4, 81, SnpFirmware{1, 55, 65}}));
  const auto minimum = [](const std::string& text) { return secure("min_tcb: [" + text + "]"); };
  refuses(minimum("{cpu: rome, bootloader: 4, tee: 0, snp: 24, microcode: 219}"),
          "can not be 'rome'");
  refuses(minimum("{cpu: turin-dens, bootloader: 4, tee: 0, snp: 24, microcode: 219}"),
          "did you mean 'turin-dense'?");
  refuses(minimum("{cpu: milan, bootloader: 4, tee: 0, snp: 24}"), "microcode' is missing");
  refuses(minimum("{cpu: milan, bootloader: 4, tee: 0, snp: 24, microcode: 256}"), "from 0 to 255");
  refuses(minimum("{cpu: turin, bootloader: 1, tee: 1, snp: 4, microcode: 81}"), "fmc' is missing");
  refuses(minimum("{cpu: milan, fmc: 1, bootloader: 4, tee: 0, snp: 24, microcode: 219}"),
          "is a part of Turin only");
  for (const char* bad : {"1.55", "1.55.29.1", "1.55.256", "a.b.c", "'1..2'", "'1.2.'", "[1]"})
    refuses(minimum("{cpu: milan, bootloader: 4, tee: 0, snp: 24, microcode: 219, firmware: " +
                    std::string(bad) + "}"),
            "firmware'");
  refuses(minimum(amd_minimum + ", " + amd_minimum), "milan is given twice");
  refuses(secure("min_tcb: [milan]"), "must be a mapping");
}

TEST(Tee, XA013_one_minimum_alone) {
  EXPECT_EQ(parse_min_tcb(amd_minimum), (MinTcb{CpuLine::milan, 0, 4, 0, 24, 219, {}}));
  for (const char* bad : {"", "milan", "[]", "{cpu: milan}", "{cpu: rome}", "{", "~",
                          "{cpu: milan, cpu: milan, bootloader: 4, tee: 0, snp: 24, microcode: 9}"})
    EXPECT_NE(error_of([&] { (void)parse_min_tcb(bad); }), "no error") << bad;
}

TEST(Tee, XA013_minimum_versions_from_a_secret) {
  const std::string place =
      "security: {attestation: {tolerate: [hyperthreading], min_tcb: "
      "$$SCONE::x$$}}\n";
  const auto of = [&](const std::string& value) {
    return guest("", place + "secrets: [{name: x, kind: config-fragment, value: " + value + "}]\n");
  };
  accepts(of("[" + amd_minimum + "]"));
  refuses(of("[" + amd_minimum + ", " + amd_minimum + "]"), "given twice");
  refuses(of("[{cpu: milan}]"), "is missing");
  const Session session = read(of("[" + amd_minimum + "]"));
  diag::Diagnostics out;
  const auto security = resolved_security(
      session,
      [&](const Placeholder&) { return std::get<ConfigFragment>(session.secrets[0].body).value; },
      out);
  EXPECT_EQ(std::get<SecurityAttestation>(security->attestation).min_tcb.size(), 1U);
}

TEST(Tee, XA014_no_machine_passes_without_minimum) {
  const std::string about = "no SNP machine can pass";
  warns(guest("", "security: {attestation: {tolerate: [hyperthreading]}}\n"), about);
  warns(guest("", ""), about);
  for (const std::string& fine :
       {guest(""), guest("", "security: {attestation: {tolerate: [outdated-tcb]}}\n")})
    EXPECT_THAT(judged(fine).warnings, only_without(about));
  warns(guest("", "security: {attestation: {tolerate: [outdated-tcb]}}\n"),
        "refused unless hyperthreading is tolerated");
}

TEST(Tee, XA015_platforms_of_amd) {
  const auto platform = [](const std::string& id) { return service("platforms: ['" + id + "']"); };
  accepts(platform("AMD_CHIP_ID:" + std::string(128, 'a')));
  const Session turin = read(platform("AMD_CHIP_ID:0123456789ABCDEF"));
  EXPECT_THAT(turin.services[0].platforms, ElementsAre("AMD_CHIP_ID:0123456789abcdef"));
  for (const std::string& bad :
       {"AMD_CHIP_ID:" + std::string(64, 'a'), std::string("AMD_CHIP_ID:"),
        "amd_chip_id:" + std::string(128, 'a'), "AMD_CHIP_ID:" + std::string(16, 'g')})
    refuses(platform(bad), "AMD_CHIP_ID: and 128");
}

TEST(Tee, XA016_single_enclaves_are_no_machines) {
  warns(guest("", "security: {singleton_enclaves: true}\n"),
        "'singleton_enclaves' refuses the start");
}

TEST(Tee, XA002_forms_of_the_other_keys) {
  const SnpVariant variant = snp_of(read(
      guest("guest_svn_min: 4294967295, vmpl: 3, key: vlek, csp_id: CN=a, policy: [single_socket], "
            "mitigations: 3F00000000000000, version_min: 5")));
  EXPECT_EQ(variant.guest_svn_min, 4294967295U);
  EXPECT_EQ(variant.vmpl, 3U);
  EXPECT_EQ(variant.key, SnpKey::vlek);
  EXPECT_EQ(variant.csp_id, (std::vector<Setting<std::string>>{"CN=a"}));
  EXPECT_EQ(variant.policy, (std::vector<Setting<SnpPolicy>>{SnpPolicy::single_socket}));
  EXPECT_EQ(variant.mitigations, "3f00000000000000");
  EXPECT_EQ(variant.version_min, 5U);
  refuses(guest("guest_svn_min: -1"), "an integer");
  refuses(guest("vmpl: 4"), "from 0 to 3");
  refuses(guest("key: vcekk"), "did you mean 'vcek'?");
  refuses(guest("key: vlek"), "only with 'csp_id'");
  refuses(guest("csp_id: CN=a"), "needs 'key: vlek'");
  refuses(guest("policy: [smt]"), "can not be 'smt'");
  refuses(guest("mitigations: 3f"), "must be 16 hex digits");
  for (const char* version : {"1", "4", "6", "v3"})
    refuses(guest("version_min: " + std::string(version)), "version_min'");
  refuses(secure("require_crl: yes"), "must be 'true' or 'false'");
}

TEST(Tee, XA020_one_meaning_has_one_hash) {
  const auto hash_of = [](const std::string& text) { return hash(read(text)); };
  const std::string turin =
      "{cpu: turin, fmc: 1, bootloader: 1, tee: 1, snp: 4, microcode: 81, firmware: 1.55.65}";
  EXPECT_EQ(hash_of(secure("min_tcb: [" + turin + ", " + amd_minimum + "]")),
            hash_of(secure("min_tcb: [" + amd_minimum + ", " + turin + "]")));
  EXPECT_EQ(hash_of(machine("{snp: {measurement: " + one48 + "}}")),
            hash_of(machine("[{snp: {vmpl: 0, version_min: 3, key: vcek, guest_svn_min: 0, "
                            "measurement: [" +
                            std::string(96, 'A') + "]}}]")));
  std::vector<std::string> all;
  for (const std::string& text : {guest(""),
                                  guest("vmpl: 1"),
                                  guest("guest_svn_min: 1"),
                                  guest("version_min: 2"),
                                  guest("key: vlek, csp_id: a"),
                                  guest("key: vlek, csp_id: b"),
                                  guest("policy: aes256_xts"),
                                  guest("policy: rapl_disabled"),
                                  guest("mitigations: 0100000000000000"),
                                  guest("id_key: any"),
                                  guest("id_key: " + one48),
                                  guest("author_key: " + one48),
                                  guest("family_id: " + tag32),
                                  guest("image_id: " + tag32),
                                  domain(""),
                                  domain("rtmr3: any"),
                                  domain("rtmr3: " + one48),
                                  domain("mrowner: " + one48),
                                  domain("mrownerconfig: " + one48),
                                  domain("mrservicetd: " + one48),
                                  domain("td_attributes: 0000000000000000"),
                                  domain("xfam: 0000000000000000"),
                                  secure("require_crl: true"),
                                  secure("require_crl: false"),
                                  secure("min_tcb: " + turin)})
    all.push_back(hash_of(text));
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());
}

TEST(Tee, XA020_sessions_without_the_keys_keep_their_form) {
  EXPECT_EQ(hash(read("name: s\nversion: \"0.3\"\nservices:\n- {name: web, command: /bin/web, "
                      "attestation: {mrenclave: " +
                      mrenclave +
                      "}}\nsecurity: {attestation: {tolerate: [outdated-tcb]}}\naccess_policy: "
                      "{read: ANY, update: NONE}\n")),
            "8bb6e5b98290f7a01b6075a2c4dd9e4bee899a1c72cb1e9631cd5ed46dcbaf00");
}

TEST(Tee, XA020_one_variant_as_it_stands_in_a_service) {
  const Session session = read(guest("id_key: [" + one48 + ", " + two48 + "], vmpl: 1"));
  const std::string text =
      attestation_text(std::get<AttestationVariant>(session.services[0].attestation[0]));
  EXPECT_EQ(read("name: s\nversion: '0.3'\nservices:\n- name: web\n  command: x\n  " +
                 text.substr(0, text.find('\n') + 1) +
                 block(text.substr(text.find('\n') + 1), 2).substr(2))
                .services[0]
                .attestation,
            session.services[0].attestation);
}

TEST(Tee, XA020_what_is_written_is_read_again) {
  for (const std::string& text :
       {guest("id_key: any, policy: [single_socket, aes256_xts], guest_svn_min: 2, vmpl: 1, key: "
              "vlek, csp_id: [CN=a, CN=b], mitigations: 0100000000000000, version_min: 5"),
        domain("rtmr3: any, xfam: e702060000000000"),
        secure("require_crl: true, min_tcb: [" + amd_minimum +
               ", {cpu: turin-dense, fmc: 0, bootloader: 1, tee: 1, snp: 4, microcode: 81}]"),
        secure("require_crl: false, min_tcb: [{cpu: genoa, bootloader: 1, tee: 1, snp: 4, "
               "microcode: 81, firmware: 1.2.3}]")}) {
    const Session session = read(text);
    const Session again = read(session::text(session));
    EXPECT_EQ(session, again);
    EXPECT_EQ(hash(session), hash(again));
  }
}

}  // namespace
}  // namespace sconectl::session::test
