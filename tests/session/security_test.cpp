#include "keys.hpp"
#include "support.hpp"

namespace sconectl::session::test {
namespace {

std::string attestation(const std::string& flow) {
  return with("security:\n  attestation: {" + flow + "}\n");
}
const std::string maa =
    "mode: maa, url: 'https://a.b.attest.azure.net', tolerate: [maa-managed-tcb]";

TEST(Security, SL022_SL286_SL287_modes) {
  for (const char* mode : {"hardware", "none"}) accepts(attestation(std::string("mode: ") + mode));
  accepts(attestation(maa));
  refuses(attestation("mode: node"), "did you mean 'none'?");
  EXPECT_EQ(read(with("security: {}\n")), read(with("")));
}

TEST(Security, SL288_SL298_tolerate) {
  accepts(attestation(
      "tolerate: [debug-mode, hyperthreading, insecure-igpu, software-hardening-needed, "
      "aepic-leak, "
      "insecure-configuration, outdated-tcb, maa-managed-tcb, local-attestation-trust-cas-tcb]"));
  refuses(attestation("tolerate: [hyper-threading]"), "did you mean 'hyperthreading'?");
  warns(attestation("tolerate: [debug]"), "read 'debug' as 'debug-mode'");
}

TEST(Security, SL289_SL302_advisories) {
  accepts(attestation("ignore_advisories: [INTEL-SA-00076]"));
  EXPECT_EQ(read(attestation("ignore_advisories: '*'")),
            read(attestation("ignore_advisories: ['*']")));
  for (const char* bad : {"INTEL-SA-76", "intel-sa-00076", "INTEL-SA-000761", "all"})
    refuses(attestation(std::string("ignore_advisories: [") + bad + "]"), "5 digits");
}

TEST(Security, SL290_quoting_keys) {
  accepts(attestation("trusted_scone_qe_pubkeys: [" + mrenclave + "]"));
  refuses(attestation("trusted_scone_qe_pubkeys: [ab]"), "64 hex digits");
}

TEST(Security, SL292_SL305_local_attestation) {
  accepts(attestation("must_be_sgx_local: true, tolerate: [local-attestation-trust-cas-tcb]"));
  refuses(attestation("must_be_sgx_local: true"), "needs 'local-attestation-trust-cas-tcb'");
  accepts(attestation("tolerate: [local-attestation-trust-cas-tcb]"));
}

TEST(Security, SL293_SL303_maa) {
  refuses(attestation("mode: maa, tolerate: [maa-managed-tcb]"), "needs 'url'");
  for (const char* bad : {"http://a.b.attest.azure.net", "https://a.attest.azure.net",
                          "https://a.b.example", "https://a.b.attest.azure.net/x",
                          "https://a.b.attest.azure.us.example", "https://a.attest.azure.us"})
    refuses(attestation(std::string("mode: maa, tolerate: [maa-managed-tcb], url: '") + bad + "'"),
            "must have the form");
  accepts(
      attestation("mode: maa, tolerate: [maa-managed-tcb], url: 'https://a.b.attest.azure.net/'"));
  accepts(
      attestation("mode: maa, tolerate: [maa-managed-tcb], url: 'https://a.b.attest.azure.us'"));
  warns(attestation("mode: maa, url: 'https://a.b.attest.azure.net'"), "maa-managed-tcb");
  warns(attestation("mode: hardware, url: 'https://a.b.attest.azure.net'"), "'mode: maa' only");
  no_warning(attestation("mode: hardware, url: ~"));
}

TEST(Security, SL294_certificates) {
  accepts(
      with("security:\n  attestation:\n    mode: maa\n    url: https://a.b.attest.azure.net\n    "
           "tolerate: [maa-managed-tcb]\n    certificates:\n    - " +
           block(alice().certificate, 6)));
  refuses(attestation(maa + ", certificates: [x]"), "is no certificate");
}

TEST(Security, SL295_SL341_min_key_size) {
  warns(attestation(maa + ", min_rsa_signing_key_size: 2048"), "no effect");
}

TEST(Security, SL296_singleton_enclaves) {
  EXPECT_EQ(std::get<Security>(read(with("security: {singleton_enclaves: true}\n")).security)
                .singleton_enclaves,
            Setting<bool>(true));
  refuses(with("security: {singleton_enclaves: yes}\n"), "'true' or 'false'");
}

TEST(Security, SL297_SL313_service_access_token) {
  accepts(with("security: {service_access_token: abc}\n"));
  refuses(with("security: {service_access_token: ''}\n"), "is empty");
}

TEST(Security, SL301_SL343_weak_settings_warn) {
  warns(attestation("ignore_advisories: '*'"), "every known weakness");
  EXPECT_THAT(judged(attestation("ignore_advisories: '*', tolerate: [debug-mode]")).warnings,
              ElementsAre(HasSubstr("never use it in production")));
  warns(attestation("tolerate: [debug-mode]"), "never use it in production");
  warns(attestation("tolerate: [debug-mode]"), "s.yml:4:");  // where it stands
  warns(attestation("mode: none"), "everybody who reaches the CAS");
  no_warning(with("security: {service_access_token: twelve-chars, attestation: {mode: none}}\n"));
  warns(with("security: {service_access_token: elevenchars, attestation: {mode: none}}\n"),
        "service_access_token has 11 characters");
}

TEST(Security, SL304_mode_none_with_tolerate_is_fine) {
  EXPECT_THAT(judged(attestation("mode: none, tolerate: [outdated-tcb]")).warnings,
              ElementsAre(HasSubstr("everybody who reaches the CAS")));
}

TEST(Warnings, SL341_deprecated_forms) {
  warns(with("secrets:\n- {name: c, kind: x509, private_key: k, dns: a}\n- {name: k, kind: "
             "private-key}\n"),
        "'dns' is deprecated");
  warns("name: a\nversion: 0.2\n", "deprecated");
}

TEST(Warnings, SL342_names_outside_the_namespace_without_hash) {
  warns(secret("kind: ascii, export: {session: other}"), "whoever creates that name first");
  no_warning(secret("kind: ascii, export: {session: other, session_hash: " + hash64 + "}"));
  no_warning(secret("kind: ascii, export: {session: ./below}"));
  no_warning(
      "name: ns/a\nversion: 0.3\nsecrets: [{name: x, import: {session: ../b, secret: y}}]\n");
}

TEST(Warnings, SL342_names_at_another_cas_without_hash) {
  const std::string there =
      "cas_url: other.example, cas_key: 46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt";
  for (const std::string session : {"session: /other", "session: /a/b"})
    for (const std::string part : {"kind: ascii, export: ", "import: "}) {
      const std::string more = part == "import: " ? ", secret: y" : "";
      warns(secret(part + "{" + session + ", " + there + more + "}"),
            "of the CAS at 'other.example' is named without its hash: whoever creates that name");
      no_warning(
          secret(part + "{" + session + ", session_hash: " + hash64 + ", " + there + more + "}"));
    }
}

TEST(Warnings, SL344_no_rollback_protection) {
  warns(service("fspf_path: /f\n  fspf_key: " + mrenclave +
                "\n  fspf_update_policy: no_rollback_protection"),
        "any older state");
}

TEST(Warnings, SL345_public_plain_secrets) {
  warns(secret("kind: ascii, export_public: true"), "to everybody");
  no_warning(
      with("secrets:\n- {name: c, kind: x509, private_key: k, export_public: true}\n- "
           "{name: k, kind: private-key}\n"));
}

TEST(Warnings, SL348_explicit_values_that_anybody_reads) {
  warns(secret("kind: ascii, value: v") + "access_policy: {read: ANY}\n", "everybody may read");
  no_warning(secret("kind: ascii") + "access_policy: {read: ANY}\n");
}

TEST(Warnings, SL349_warnings_are_apart_from_errors) {
  const auto outcome = judged(secret("kind: ascii, export_public: true"));
  EXPECT_THAT(outcome.errors, IsEmpty());
  EXPECT_THAT(outcome.warnings, ElementsAre(HasSubstr("s.yml:4:3: warning: secret 'x'")));
}

}  // namespace
}  // namespace sconectl::session::test
