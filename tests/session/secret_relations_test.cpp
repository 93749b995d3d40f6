// Secrets that name each other: what belongs together, and what is said about it (SL-131 to
// SL-194).
#include "keys.hpp"
#include "secret_texts.hpp"
#include "support.hpp"

namespace sconectl::session::test {
namespace {

std::string key_secret(const crypto::PrivateKey& key) {
  return pem_secret("k", "private-key", std::string(key.pkcs8_pem().view()));
}
const std::string ca = "- {name: ca, kind: x509-ca, private_key: k}\n";

TEST(Relations, SL136_a_given_certificate_needs_a_given_key_and_no_other_does) {
  const std::string given = pem_secret("c", "x509", alice().certificate, "  private_key: k\n");
  refuses(secrets(key + given), "the private key 'k' must be given too, not generated");
  no_warning(secrets(key_secret(alice().key) + given));
  no_warning(secrets(key_secret(alice().key) + "- {name: c, kind: x509, private_key: k}\n"));
  no_warning(secrets("- {name: k, import: {session: ./a, secret: b}}\n" + given));
}

TEST(Relations, SL137_only_given_certificates_of_given_issuers_are_compared) {
  no_warning(secrets(key + ca + pem_secret("c", "x509", alice().certificate, "  issuer: ca\n")));
  no_warning(secrets("- {name: ca, kind: x509-ca, import: {session: ./a, secret: b}}\n" +
                     pem_secret("c", "x509", alice().certificate, "  issuer: ca\n")));
}

TEST(Relations, SL145_how_long_an_imported_issuer_lives_is_not_known) {
  no_warning(secrets(key + "- {name: ca, import: {session: ./a, secret: b}}\n"
                           "- {name: c, kind: x509, private_key: k, issuer: ca}\n"));
}

TEST(Relations, SL140_dns_is_deprecated_and_put_together_with_san) {
  const auto warnings = [](const std::string& names) {
    return judged(secrets(key + "- {name: c, kind: x509, private_key: k" + names + "}\n")).warnings;
  };
  EXPECT_THAT(warnings(", dns: a"), ElementsAre(HasSubstr("'dns' is deprecated")));
  EXPECT_THAT(warnings(", dns: a, san: 'dns:b'"), ElementsAre(HasSubstr("put together")));
  EXPECT_THAT(warnings(", san: 'dns:b'"), IsEmpty());
  EXPECT_THAT(warnings(", endpoint: server, dns: a"), ElementsAre(HasSubstr("deprecated")));
  EXPECT_THAT(warnings(", endpoint: server, san: 'dns:a'"), IsEmpty());
  EXPECT_THAT(warnings(", endpoint: client"), IsEmpty());
  EXPECT_THAT(warnings(", endpoint: server"), ElementsAre(HasSubstr("without 'san'")));
}

TEST(Relations, SL150_certificates_with_the_same_issuers_are_no_circle) {
  no_warning(secrets(key + "- {name: b, kind: x509, private_key: k, issuer: middle}\n" +
                     "- {name: c, kind: x509, private_key: k, issuer: middle}\n" +
                     "- {name: middle, kind: x509-ca, private_key: k, issuer: ca}\n" + ca));
  const auto circle = judged(secrets(key + "- {name: c, kind: x509, private_key: k, issuer: a}\n" +
                                     "- {name: a, kind: x509-ca, private_key: k, issuer: b}\n" +
                                     "- {name: b, kind: x509-ca, private_key: k, issuer: a}\n"));
  EXPECT_THAT(circle.errors, ElementsAre(HasSubstr("issued in a circle"))) << "told once";
}

TEST(Relations, SL154_a_given_issuer_needs_its_key_only_where_it_issues) {
  crypto::CertificateProfile profile;
  profile.is_ca = true;
  profile.not_before = crypto::Time{};
  profile.common_name = "ca";
  const auto ca_key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  const auto root = crypto::issue(profile, ca_key.public_key(), ca_key);
  profile.is_ca = false;
  const auto leaf = crypto::issue(profile, alice().key.public_key(), ca_key, &root);
  const std::string without_key = pem_secret("ca", "x509-ca", root.pem());
  no_warning(secrets(without_key + pem_secret("c", "x509", leaf.pem(), "  issuer: ca\n")));
  const std::string issues =
      "- {name: c, kind: x509, private_key: k, issuer: ca}\n" + key_secret(ca_key);
  refuses(secrets(without_key + issues), "the private key of the issuer 'ca' is not accessible");
  accepts(secrets(pem_secret("ca", "x509-ca", root.pem(), "  private_key: k\n") + issues));
}

TEST(Relations, SL169_SL172_a_token_is_signed_by_a_P384_key_that_is_given_or_made) {
  const std::string jwt = "- {name: j, kind: jwt, signer: k, alg: ES384, validity: {for: 1h}}\n";
  no_warning(secrets(jwt + pem_secret("k", "private-key", std::string(p384().pkcs8_pem().view()))));
  refuses(secrets(jwt + key_secret(alice().key)), "must be a P-384 key");
  no_warning(secrets(jwt + "- {name: k, import: {session: ./a, secret: b}}\n"));
  const auto with_payload = [](const std::string& value) {
    return secrets(
        "- {name: j, kind: jwt, signer: k, alg: ES384, validity: {for: 1h}, payload: {a: '" +
        value + "'}}\n- {name: k, kind: private-key, key_type: P-384}\n");
  };
  refuses(with_payload("$$SCONE::self::other$$"), "only $$SCONE::self::software_identity$$ exists");
  no_warning(with_payload("$$SCONE::self::software_identity$$"));
  no_warning(with_payload("text"));
}

TEST(Relations, SL190_a_vault_needs_one_token) {
  const auto token = [](const std::string& name) {
    return "- {name: " + name +
           ", kind: aad-token, tenant_id: a, client_id: b, application_secret: c}\n";
  };
  const std::string vault = "- {name: x, import_akv: {vault: v}}\n";
  const std::string named = "- {name: x, import_akv: {vault: v, token: $$SCONE::t$$}}\n";
  accepts(secrets(token("t") + vault));
  refuses(secrets(token("t") + token("u") + vault), "exactly one secret of kind aad-token");
  accepts(secrets(token("t") + token("u") + named));
  accepts(secrets("- {name: t, import: {session: ./a, secret: b}}\n" + named));
  refuses(secrets("- {name: t, kind: ascii}\n" + named), "must be a secret of kind aad-token");
  refuses(secrets(named), "no secret of this session is named 't'");
}

TEST(Relations, SL345_SL348_what_everybody_may_read) {
  const std::string open = "access_policy: {read: ANY}\n";
  const std::string private_key = secrets(key_secret(alice().key));
  warns(private_key + open, "everybody may read this session");
  no_warning(private_key);
  no_warning(private_key + "access_policy: {read: NONE}\n");
  no_warning(secrets(key) + open);
  no_warning(secrets(pem_secret("c", "x509", alice().certificate)) + open);
  warns(secret("kind: binary, value: '00ff'") + open, "everybody may read this session");
  warns(secret("kind: binary, export_public: true"), "shows its value to everybody");
  no_warning(secret("kind: ascii"));
}

TEST(Relations, SL342_references_outside_the_namespace_are_warned_of) {
  const auto from = [](const std::string& own, const std::string& other) {
    return "name: " + own + "\nversion: \"0.3\"\nsecrets:\n- {name: x, import: {session: " + other +
           ", secret: y}}\n";
  };
  const std::string outside = "is outside the own namespace";
  warns(from("a", "b"), outside);
  warns(from("ns/a", "b"), outside);
  warns(from("ns/a", "nsx/b"), outside);
  warns(from("ns/a", "/"), outside);
  no_warning(from("ns/a", "ns/b"));
  no_warning(from("ns/a", "ns"));
  no_warning(from("a", "a/b"));
  no_warning(from("a", "b, session_hash: " + hash64));
}

TEST(Relations, SL200_placeholders_in_values_are_warned_of_if_they_name_a_secret) {
  const std::string other = "- {name: y, kind: ascii}\n";
  warns(secrets("- {name: x, kind: ascii, value: 'a $$SCONE::y$$'}\n" + other),
        "placeholders in the value of a secret are not replaced");
  no_warning(secrets("- {name: x, kind: ascii, value: 'a $$SCONE::z$$'}\n" + other));
}

/// The value of a setting comes from a secret of the session itself (SL-211).
TEST(Relations, SL211_given_values_are_judged_in_the_format_that_is_asked_for) {
  const auto mode = [](const std::string& suffix, const std::string& bytes) {
    return with("security: {attestation: {mode: '$$SCONE::x" + suffix +
                "$$'}}\nservices: [{name: s, command: x}]\n"
                "secrets:\n- {name: x, kind: binary, value: '" +
                bytes + "'}\n");
  };
  // 9e89de is `none` in base64; without attestation the service needs no `mrenclaves`.
  accepts(mode(":base64", "9e89de"));
  accepts(mode(":base64url", "9e89de"));
  refuses(mode(":base32", "9e89de"), "'security.attestation.mode' can not be this value");
  refuses(mode(":base32nopad", "9e89de"), "'security.attestation.mode' can not be this value");
  refuses(mode(":hex", "9e89de"), "'security.attestation.mode' can not be this value");
  refuses(mode("", "6e6f6e65"), "gives bytes");
  const auto enclave = [](const std::string& suffix, const std::string& bytes) {
    return with(
        "services:\n- {name: s, command: x, attestation: [{mrenclave: "
        "['$$SCONE::x" +
        suffix + "$$']}]}\nsecrets:\n- {name: x, kind: binary, value: '" + bytes + "'}\n");
  };
  accepts(enclave(":hex", std::string(64, 'a')));
  refuses(enclave(":hex", std::string(62, 'a')), "64 hex digits");
}

TEST(Relations, SL211_a_given_text_is_read_as_if_it_stood_there) {
  const auto singleton = [](const std::string& value) {
    return with(
        "security: {singleton_enclaves: $$SCONE::x$$}\n"
        "secrets: [{name: x, kind: ascii, value: '" +
        value + "'}]\n");
  };
  accepts(singleton("true"));
  refuses(singleton("maybe"), "singleton_enclaves");
}

TEST(Relations, SL078_keys_of_file_systems_are_32_bytes) {
  const auto with_key = [](const std::string& placeholder, const std::string& secret) {
    return service("fspf_path: /f\n  fspf_tag: " + tag32 + "\n  fspf_key: '" + placeholder + "'",
                   "secrets:\n- {name: x, " + secret + "}\n");
  };
  accepts(with_key("$$SCONE::x$$", "kind: binary, size: 32"));
  accepts(with_key("$$SCONE::x:bin$$", "kind: binary, size: 32"));
  accepts(with_key("$$SCONE::x$$", "kind: binary, value: " + std::string(64, 'a')));
  accepts(with_key("$$SCONE::x$$", "import: {session: ./a, secret: b}"));
  refuses(with_key("$$SCONE::x$$", "kind: binary, size: 31"), "must have 32 bytes, it has 31");
  refuses(with_key("$$SCONE::x$$", "kind: binary, value: " + std::string(62, 'a')),
          "must have 32 bytes, it has 31");
  refuses(with_key("$$SCONE::x:hex$$", "kind: binary, size: 32"), "without suffix or with ':bin'");
  refuses(with_key("$$SCONE::x$$", "kind: ascii"), "must be a secret of kind binary");
}

TEST(Relations, SL308_shared_secrets_of_one_time_passwords) {
  const auto with_otp = [](const std::string& text, const std::string& secret) {
    return service("one_time_password_shared_secret: '" + text + "'",
                   "secrets:\n- {name: x, " + secret + "}\n");
  };
  const std::string good(32, 'A');
  accepts(with_otp(good, "kind: ascii"));
  refuses(with_otp("A1", "kind: ascii"), "one_time_password_shared_secret");
  accepts(with_otp("$$SCONE::x$$", "kind: ascii, value: " + good));
  refuses(with_otp("$$SCONE::x$$", "kind: ascii, value: A1"), "one_time_password_shared_secret");
  refuses(with_otp("$$SCONE::x$$", "kind: ascii"), "which is no base32");
  for (const char* suffix : {":base32", ":base32nopad"}) {
    const auto placeholder = "$$SCONE::x" + std::string(suffix) + "$$";
    accepts(with_otp(placeholder, "kind: binary, size: 16"));
    accepts(with_otp(placeholder, "kind: binary, value: " + std::string(32, 'a')));
    refuses(with_otp(placeholder, "kind: binary, size: 15"), "needs at least 16 bytes");
    refuses(with_otp(placeholder, "kind: binary, value: " + std::string(30, 'a')),
            "needs at least 16 bytes");
  }
  refuses(with_otp("$$SCONE::x:hex$$", "kind: binary, size: 16"), "must be an ascii secret");
  accepts(with_otp("$$SCONE::x$$", "import: {session: ./a, secret: b}"));
  accepts(with_otp("$$SCONE::x$$", "kind: ascii, import: {session: ./a, secret: b}"));
}

}  // namespace
}  // namespace sconectl::session::test
