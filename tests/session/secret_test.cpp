#include <fmt/core.h>

#include "keys.hpp"
#include "sconectl/session/hash.hpp"
#include "secret_texts.hpp"
#include "support.hpp"
#include "support/matchers.hpp"

namespace sconectl::session::test {
namespace {

TEST(Secrets, SL098_names) {
  refuses(secrets("- {name: 'a b', kind: ascii}\n"), "a space");
  refuses(secrets("- {name: '', kind: ascii}\n"), "is empty");
  refuses(secrets("- {name: " + std::string(129, 'a') + ", kind: ascii}\n"), "at most 128");
  accepts(secrets("- {name: a.b~c-d_E, kind: ascii}\n"));
}

TEST(Secrets, SL099_kind_is_required_unless_imported) {
  refuses(secrets("- {name: a}\n"), "'secrets[0].kind' is missing");
  refuses(secret("kind: private_key"), "did you mean 'private-key'?");
  refuses(secret("kind: session-ca"), "use 'x509-ca'");
  accepts(secret("import: {session: a, secret: b}"));
}

TEST(Secrets, SL100_SL107_explicit_or_generated) {
  EXPECT_TRUE(read(secret("kind: ascii, value: v")).secrets[0].is_explicit());
  EXPECT_TRUE(read(secret("kind: ascii")).secrets[0].generated());
  EXPECT_FALSE(read(secret("import: {session: a, secret: b}")).secrets[0].generated());
}

TEST(Secrets, SL101_size) {
  EXPECT_EQ(std::get<Ascii>(read(secret("kind: ascii")).secrets[0].body).size, 20U);
  EXPECT_EQ(std::get<Binary>(read(secret("kind: binary, size: 32")).secrets[0].body).size, 32U);
  for (const char* bad : {"0", "-1", "many", "1.5", "4294967296"})
    refuses(secret(std::string("kind: ascii, size: ") + bad), "must be an integer from 1");
}

TEST(Secrets, SL102_SL103_SL164_SL179_sharing_by_kind) {
  accepts(secret("kind: ascii, export: {session: b}, export_public: true"));
  refuses(secret("kind: aad-token, tenant_id: a, client_id: b, application_secret: c, export: "
                 "{session: b}"),
          "access token");
  refuses(secret("kind: private-key, export_public: true"), "publish a private key");
  accepts(secret("kind: pgp-key, export_public: true"));
}

TEST(Secrets, SL104_SL108_value_and_imports_exclude_each_other) {
  refuses(secret("kind: ascii, value: v, import: {session: a, secret: b}"), "excludes 'import'");
  refuses(secret("import: {session: a, secret: b}, import_akv: {vault: v}"), "excludes 'import'");
  refuses(secret("kind: ascii, value: v, import_akv: {vault: v}"), "excludes 'import_akv'");
  warns(secret("kind: binary, size: 32, import: {session: a, secret: b}"),
        "the secret is imported");
}

TEST(Secrets, SL109_kind_of_an_import_is_kept) {
  EXPECT_EQ(read(secret("kind: x509, import: {session: a, secret: b}")).secrets[0].kind(),
            SecretKind::x509);
  EXPECT_EQ(read(secret("import: {session: a, secret: b}")).secrets[0].kind(), std::nullopt);
}

TEST(Secrets, SL110_parameters_of_other_kinds_are_refused) {
  refuses(secret("kind: ascii, key_type: P-256"), "does not belong to a secret of kind 'ascii'");
  refuses(secret("kind: pgp-key, value: x"), "does not belong");
  refuses(secret("kind: x509-ca, private_key: k, dns: a"), "does not belong");
  refuses(secret("kind: ascii, sise: 3"), "did you mean 'size'?");
}

TEST(Secrets, SL112_SL114_imports_may_be_exported_again_and_secrets_may_be_unused) {
  accepts(secret("import: {session: a, secret: b}, export: {session: c}"));
}

TEST(Secrets, SL115_SL116_ascii_values) {
  EXPECT_EQ(
      std::get<Ascii>(read(secret("kind: ascii, value: 'grüß\n dich'")).secrets[0].body).value,
      "grüß dich");
  warns(secret("kind: ascii, value: ''"), "is empty");
  warns(secret("kind: ascii, value: v, size: 3"), "the value is given");
  refuses(secret("kind: ascii, value: [a]"), "must be text");
}

TEST(Secrets, SL118_binary_values_are_hex) {
  EXPECT_EQ(std::get<Binary>(read(secret("kind: binary, value: 00FF")).secrets[0].body).value,
            "00ff");
  refuses(secret("kind: binary, value: abc"), "even number");
  refuses(secret("kind: binary, value: zz"), "hex digits");
}

TEST(Secrets, SL126_key_types) {
  for (const char* type : {"P-256", "P-384", "Ed25519", "RSA-2048", "RSA-3072"})
    accepts(secret(std::string("kind: private-key, key_type: ") + type));
  refuses(secret("kind: private-key, key_type: p-256"), "did you mean 'P-256'?");
  refuses(secret("kind: private-key, key_type: RSA-4096"), "can not be 'RSA-4096'");
}

TEST(Secrets, SL127_SL227_migrate_is_for_private_keys) {
  EXPECT_TRUE(std::get<PrivateKey>(read(secret("kind: private-key, migrate: true")).secrets[0].body)
                  .migrate);
  refuses(secret("kind: ascii, migrate: true"), "does not belong");
  refuses(secret("kind: x509, migrate: true, import: {session: a, secret: b}"),
          "private-key' only");
}

TEST(Secrets, SL128_SL131_private_key_values) {
  accepts(secrets(pem_secret("x", "private-key", std::string(alice().key.pkcs8_pem().view()))));
  accepts(secrets(pem_secret("x", "private-key", std::string(ed25519().pkcs8_pem().view()),
                             "  key_type: Ed25519\n")));
  refuses(secrets(pem_secret("x", "private-key", std::string(alice().key.pkcs8_pem().view()),
                             "  key_type: P-384\n")),
          "but the key is P-256");
  refuses(
      secrets(pem_secret("x", "private-key",
                         "-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n")),
      "'secrets[0].value' is not valid");
  const auto outcome = judged(secret("kind: private-key, value: topsecret"));
  ASSERT_FALSE(outcome.errors.empty());
  EXPECT_THAT(outcome.errors[0], sconectl::test::HasButNot("'secrets[0].value'", "topsecret"));
}

TEST(Secrets, SL132_SL133_public_keys) {
  accepts(secrets("- {name: p, kind: public-key, private_key: k}\n" + key));
  refuses(secret("kind: public-key"), "needs the private key");
  refuses(secret("kind: public-key, private_key: nothing"), "no secret of this session");
  refuses(secrets("- {name: p, kind: public-key, private_key: a}\n- {name: a, kind: ascii}\n"),
          "must name a secret of kind private-key");
  accepts(secrets(pem_secret("p", "public-key", signer_pem)));
  refuses(secrets(key + pem_secret("p", "public-key", signer_pem, "  private_key: k\n")),
          "excludes 'value'");
}

TEST(Secrets, SL136_certificates_need_a_private_key) {
  accepts(secrets("- {name: c, kind: x509, private_key: k}\n" + key));
  refuses(secret("kind: x509"), "'secrets[0].private_key' is missing");
  refuses(secret("kind: x509, private_key: $$SCONE::k$$"), "must be the name of a secret");
  accepts(secrets(pem_secret("c", "x509", alice().certificate)));
  const std::string alice_key =
      pem_secret("k", "private-key", std::string(alice().key.pkcs8_pem().view()));
  accepts(secrets(alice_key + pem_secret("c", "x509", alice().certificate, "  private_key: k\n")));
  refuses(secrets(alice_key + pem_secret("c", "x509", bob().certificate, "  private_key: k\n")),
          "does not belong to the certificate");
}

TEST(Secrets, SL137_SL150_SL151_issuers) {
  const std::string ca = "- {name: ca, kind: x509-ca, private_key: k}\n";
  accepts(secrets("- {name: c, kind: x509, private_key: k, issuer: ca}\n" + key + ca));
  refuses(secrets("- {name: c, kind: x509, private_key: k, issuer: d}\n- {name: d, kind: x509, "
                  "private_key: k}\n" +
                  key),
          "must name a secret of kind x509-ca");
  refuses(secrets("- {name: a, kind: x509-ca, private_key: k, issuer: b}\n- {name: b, kind: "
                  "x509-ca, private_key: k, issuer: a}\n" +
                  key),
          "issued in a circle");
  refuses(secrets("- {name: a, kind: x509-ca, private_key: k, issuer: a}\n" + key), "circle");
  refuses(secrets(pem_secret("ca", "x509-ca", alice().certificate) +
                  "- {name: c, kind: x509, private_key: k, issuer: ca}\n" + key),
          "private key of the issuer 'ca' is not accessible");
  accepts(
      secrets("- {name: ca, import: {session: a, secret: b}}\n- {name: c, kind: x509, private_key: "
              "k, issuer: ca}\n" +
              key));
}

TEST(Secrets, SL139_SL140_SL149_endpoint_and_dns) {
  accepts(secrets("- {name: c, kind: x509, private_key: k, endpoint: server, dns: a}\n" + key));
  refuses(secrets("- {name: c, kind: x509, private_key: k, endpoint: client, dns: a}\n" + key),
          "excludes it");
  refuses(secrets("- {name: c, kind: x509-ca, private_key: k, endpoint: server}\n" + key),
          "does not belong");
  refuses(secrets("- {name: c, kind: x509, private_key: k, endpoint: sever}\n" + key),
          "did you mean 'server'?");
}

TEST(Secrets, SL138_SL141_SL142_alternative_names) {
  accepts(
      secrets("- {name: c, kind: x509, private_key: k, common_name: x, endpoint: client, san: "
              "['dns:*.a.b', 'ip:10.0.0.1', 'ip:::1']}\n" +
              key));
  accepts(secrets("- {name: c, kind: x509, private_key: k, san: dns:a}\n" + key));
  refuses(secrets("- {name: c, kind: x509, private_key: k, san: ['a.b']}\n" + key),
          "is neither dns:<name>");
  refuses(secrets("- {name: c, kind: x509, private_key: k, san: ['uri:a']}\n" + key),
          "is neither dns:<name>");
  refuses(secrets("- {name: c, kind: x509, private_key: k, san: ['ip:host']}\n" + key),
          "is no IPv4 or IPv6 address");
  warns(secrets("- {name: c, kind: x509, private_key: k, dns: a, san: 'dns:b'}\n" + key),
        "put together");
}

TEST(Secrets, SL138_SL140_SL141_names_that_the_cas_would_refuse_are_refused_where_they_stand) {
  const auto certificate = [](const std::string& names) {
    return secrets("- {name: c, kind: x509, private_key: k, " + names + "}\n" + key);
  };
  refuses(certificate("dns: 'a,b'"), "'secrets[0].dns': 'a,b' is more than one name in one text");
  refuses(certificate("dns: [ok, 'a b']"), "'a b' is more than one name");
  refuses(certificate("dns: a..b"), "an empty part");
  refuses(certificate("san: 'dns:a,dns:b'"), "more than one name in one text");
  refuses(certificate("san: ['dns:a.*.b']"), "not the whole first part");
  refuses(certificate("san: ['ip:1.2.3']"), "'1.2.3' is no IPv4 or IPv6 address");
  refuses(certificate("san: ['ip:1.2.3.4, 1.2.3.5']"), "more than one name");
  refuses(certificate("common_name: " + std::string(65, 'a')), "has more than 64 characters");
  accepts(certificate("common_name: " + std::string(64, 'a') + ", san: ['dns:API_DNS']"));
  accepts(certificate("dns: " + std::string(60, 'a') + ".example.svc.cluster.local"));
  accepts(certificate("san: ['dns:10.0.0.1']"));
}

TEST(Secrets, SL141_what_a_cas_stored_before_stays_readable) {
  const std::string text = secrets(
      "- {name: c, kind: x509, private_key: k, dns: a..b, common_name: " + std::string(65, 'a') +
      "}\n" + key);
  EXPECT_THROW((void)parse_text("s", text), diag::Error);
  EXPECT_EQ(parse_stored("s", text).secrets.size(), 2U);
}

TEST(Secrets, SL143_SL144_validity) {
  accepts(secrets("- {name: c, kind: x509, private_key: k, valid_for: 1 year}\n" + key));
  refuses(secrets("- {name: c, kind: x509, private_key: k, valid_for: 1 yaer}\n" + key),
          "is no duration");
  refuses(secrets("- {name: c, kind: x509, private_key: k, valid_for: 0s}\n" + key),
          "longer than zero");
  refuses(secret("import: {session: a, secret: b}, valid_for: 1d"), "does not apply");
  refuses(secrets(pem_secret("c", "x509", alice().certificate, "  valid_for: 1d\n")),
          "does not apply");
}

TEST(Secrets, SL147_certificate_values) {
  accepts(secrets(pem_secret("c", "x509", alice().certificate + bob().certificate)));
  refuses(secret("kind: x509, value: nonsense"), "no certificate");
}

TEST(Secrets, SL154_key_of_an_explicit_certificate_without_key) {
  const std::string image =
      "images:\n- name: i\n  injection_files: [{path: /f, content: '$$SCONE::c:privatekey$$'}]\n";
  refuses(secrets(pem_secret("c", "x509", alice().certificate)) + image, "needs the private key");
}

TEST(Secrets, SL163_access_tokens) {
  accepts(secret("kind: aad-token, tenant_id: a, client_id: b, application_secret: c"));
  for (const char* bad : {"", ", private_key: x", ", certificate_thumbprint: ab",
                          ", application_secret: c, private_key: x, certificate_thumbprint: ab"})
    refuses(secret(std::string("kind: aad-token, tenant_id: a, client_id: b") + bad),
            "needs either");
  refuses(secret("kind: aad-token, client_id: b, application_secret: c"), "tenant_id' is missing");
}

TEST(Secrets, SL165_fragments_need_a_value) {
  refuses(secret("kind: config-fragment"), "value' is missing");
  for (const char* value : {"a", "[a, {b: 1}]", "{a: {b: [c]}}"})
    accepts(secret(std::string("kind: config-fragment, value: ") + value));
}

TEST(Secrets, SL167_pgp_keys_have_no_parameters) {
  accepts(secret("kind: pgp-key"));
  refuses(secret("kind: pgp-key, size: 3"), "does not belong");
}

TEST(Secrets, SL169_SL170_SL171_SL172_tokens) {
  const std::string p384_key = "- {name: k, kind: private-key, key_type: P-384}\n";
  const auto jwt = [&](const std::string& rest) {
    return secrets("- {name: j, kind: jwt, signer: k, alg: ES384, validity: {for: 1h}" + rest +
                   "}\n" + p384_key);
  };
  accepts(jwt(""));
  accepts(jwt(", payload: {sub: a, id: $$SCONE::self::software_identity$$, n: '5'}"));
  refuses(jwt(", payload: {exp: a}"), "filled in by the CAS");
  for (const char* bad : {"5", "[a]", "{b: c}", "true", "1.5"})
    refuses(jwt(std::string(", payload: {a: ") + bad + "}"), "must be text");
  warns(jwt(", payload: {a: 'x $$SCONE::k$$'}"), "only if it is the whole value");
  refuses(jwt(", payload: {a: '$$SCONE::zz$$'}"), "no secret");
  refuses(
      secrets("- {name: j, kind: jwt, signer: k, alg: ES256, validity: {for: 1h}}\n" + p384_key),
      "only 'ES384'");
  refuses(
      secrets("- {name: j, kind: jwt, signer: k, alg: ES384, validity: {until: 1h}}\n" + p384_key),
      "unknown key");
  refuses(secrets("- {name: j, kind: jwt, signer: k, alg: ES384, validity: {for: 1h}}\n" + key),
          "P-384");
}

TEST(Sharing, SL175_SL176_SL177_SL178_export_forms) {
  accepts(secret("kind: ascii, export: {session: b, session_hash: " + hash64 + "}"));
  accepts(secret("kind: ascii, export: ['/session=b', {namespace: c}]"));
  accepts(secret("kind: ascii, export: 'cas.example/cas_key=" + key_hash + ",session=b'"));
  refuses(secret("kind: ascii, export: b"), "plain session name belongs to version 0.2");
  refuses(secret("kind: ascii, export: {namespace: b, session_hash: " + hash64 + "}"),
          "excludes 'namespace'");
  refuses(secret("kind: ascii, export: {session: b, namespace: c}"), "excludes 'session'");
  refuses(secret("kind: ascii, export: {}"), "needs 'session' or 'namespace'");
  refuses(secret("kind: ascii, export: '/session=b,secret=c'"), "not a secret or volume");
}

TEST(Sharing, SL113_certificates_may_be_public) {
  accepts(secrets("- {name: c, kind: x509, private_key: k, export_public: true}\n" + key));
}

TEST(Sharing, SL180_SL187_import_forms) {
  const Session session =
      read(secrets("- {name: a, import: '/session=b,secret=c'}\n- {name: d, import: {session: b, "
                   "secret: c}}\n"));
  EXPECT_EQ(session.secrets[0].body, session.secrets[1].body);
  refuses(secret("import: {session: b}"), "import.secret' is missing");
  refuses(secret("import: '/session=b'"), "needs session= and secret=");
  refuses(secret("import: b"), "must be a mapping");
}

TEST(Sharing, SL186_no_import_from_itself) {
  refuses(secret("import: {session: s, secret: b}"), "from the session itself");
  refuses(secret("import: {session: ../s, secret: b}"), "from the session itself");
}

TEST(Sharing, SL188_SL189_other_cases_need_one_key) {
  accepts(
      secret("import: {session: a, secret: b, cas_url: 'cas:8081', cas_key: " + key_hash + "}"));
  refuses(secret("import: {session: a, secret: b, cas_url: cas}"), "exactly one of");
  refuses(secret("import: {session: a, secret: b, cas_url: cas, cas_key: " + key_hash +
                 ", cas_software_key: " + key_hash + "}"),
          "exactly one of");
  refuses(secret("import: {session: a, secret: b, cas_key: " + key_hash + "}"), "needs 'cas_url'");
  refuses(secret("import: {session: a, secret: b, cas_url: cas, cas_key: 3s1pm8}"),
          "is no key hash");
}

TEST(Sharing, SL105_SL190_SL192_import_from_a_vault) {
  const std::string token =
      "- {name: t, kind: aad-token, tenant_id: a, client_id: b, application_secret: c}\n";
  accepts(secrets(token + "- {name: x, import_akv: {vault: 'https://v.vault.azure.net/'}}\n"));
  EXPECT_EQ(
      std::get<AkvImport>(
          read(secrets(token + "- {name: x, import_akv: {vault: 'https://v/'}}\n")).secrets[1].body)
          .vault,
      "v");
  refuses(secret("import_akv: {vault: v}"), "exactly one secret of kind aad-token");
  refuses(
      secrets(token + "- {name: x, import_akv: {vault: v, token: $$SCONE::x$$}, kind: ascii}\n"),
      "must be a secret of kind aad-token");
  refuses(secrets(token + "- {name: x, import_akv: {vault: v, token: 'a b'}}\n"),
          "exactly one placeholder");
  refuses(secrets(token + "- {name: x, kind: pgp-key, import_akv: {vault: v}}\n"),
          "can not be imported from a key vault");
  refuses(secrets(token + "- {name: d, kind: binary}\n- {name: x, import_akv: {vault: v, "
                          "decryption_key: $$SCONE::d$$}}\n"),
          "must have 32 bytes");
}

TEST(Sharing, SL194_vault_as_store) {
  const std::string token =
      "secrets:\n- {name: t, kind: aad-token, tenant_id: a, client_id: b, application_secret: c}\n";
  const AkvStore expected{"$$SCONE::t$$", "https://v"};
  EXPECT_EQ(
      read(with("secret_config: {store_in: !akv {token: $$SCONE::t$$, vault: 'https://v'}}\n" +
                token))
          .secret_store,
      expected);
  EXPECT_EQ(
      read(with("secret_config:\n  store_in: !akv\n  token: $$SCONE::t$$\n  vault: https://v\n" +
                token))
          .secret_store,
      expected);
  refuses(with("secret_config: {store_in: !akv {token: $$SCONE::t$$}}\n" + token),
          "vault' is missing");
}

TEST(Secrets, SL118_a_line_end_behind_the_digits_is_no_part_of_them) {
  const Session session = read(secrets("- name: a\n  kind: binary\n  value: |\n    FEEDfeed00\n"));
  EXPECT_EQ(std::get<Binary>(session.secrets[0].body).value, "feedfeed00");
  refuses(secret("kind: binary, value: fe ed"), "without blanks");
}

TEST(Secrets, SL147_blocks_that_are_no_chain_give_a_warning) {
  crypto::CertificateProfile profile;
  profile.is_ca = true;
  profile.not_before = crypto::Time{};
  profile.common_name = "root";
  const auto root_key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  const auto root = crypto::issue(profile, root_key.public_key(), root_key);
  profile.is_ca = false;
  profile.common_name = "leaf";
  const auto leaf = crypto::issue(profile, alice().key.public_key(), root_key, &root);
  const auto given = [](const std::string& pem) { return secrets(pem_secret("c", "x509", pem)); };
  const auto warnings = [](const std::string& text) {
    diag::Diagnostics out;
    (void)parse_text("s", text, &out);
    std::string result;
    for (const auto& warning : out.warnings()) result += warning.line() + "\n";
    return result;
  };
  EXPECT_EQ(warnings(given(leaf.pem() + root.pem())), "");
  EXPECT_EQ(warnings(given(leaf.pem())), "");
  EXPECT_THAT(warnings(given(root.pem() + leaf.pem())),
              HasSubstr("certificate 2 of 2 did not issue the one before it"));
  EXPECT_THAT(warnings(given(leaf.pem() + root.pem() + alice().certificate)),
              HasSubstr("certificate 3 of 3"));
}

TEST(Secrets, SL139_a_server_without_alternative_names_gives_a_warning) {
  warns(
      secrets("- {name: c, kind: x509, private_key: k, endpoint: server, common_name: a}\n" + key),
      "a server without 'san'");
}

TEST(Secrets, SL145_a_certificate_that_outlives_its_issuer_gives_a_warning) {
  const auto below = [](const std::string& ca, const std::string& leaf) {
    return secrets("- {name: ca, kind: x509-ca, private_key: k" + ca +
                   "}\n- {name: c, kind: x509, private_key: k, issuer: ca, san: 'dns:a'" + leaf +
                   "}\n" + key);
  };
  const auto warned = [](const std::string& text) {
    diag::Diagnostics out;
    (void)parse_text("s", text, &out);
    for (const auto& warning : out.warnings())
      if (warning.text.find("live longer than its issuer") != std::string::npos) return true;
    return false;
  };
  EXPECT_TRUE(warned(below(", valid_for: 1d", "")));
  EXPECT_TRUE(warned(below(", valid_for: 1d", ", valid_for: 25h")));
  EXPECT_FALSE(warned(below(", valid_for: 1d", ", valid_for: 24h")));
  EXPECT_FALSE(warned(below("", "")));
  EXPECT_FALSE(warned(below("", ", valid_for: 1d")));
  EXPECT_TRUE(
      warned(secrets("- {name: root, kind: x509-ca, private_key: k, valid_for: 1d}\n"
                     "- {name: ca, kind: x509-ca, private_key: k, issuer: root, valid_for: 1h}\n"
                     "- {name: c, kind: x509, private_key: k, issuer: ca}\n" +
                     key)));
  // Longer ways are refused as circles elsewhere.
  const auto below_many = [](int authorities) {
    std::string all = key + "- {name: c, kind: x509, private_key: k, issuer: a1, san: 'dns:a'}\n";
    for (int i = 1; i < authorities; ++i)
      all += fmt::format("- {{name: a{}, kind: x509-ca, private_key: k, issuer: a{}}}\n", i, i + 1);
    return secrets(all +
                   fmt::format("- {{name: a{}, kind: x509-ca, private_key: k, valid_for: 1d}}\n",
                               authorities));
  };
  const std::string about_c = "secret 'c': it would live longer than its issuer";
  warns(below_many(32), about_c);
  EXPECT_THAT(judged(below_many(33)).warnings,
              testing::AllOf(testing::Contains(HasSubstr("secret 'a1': it would live longer")),
                             testing::Each(Not(HasSubstr(about_c)))));
}

std::string file_with_key(const std::string& more) {
  return with(
      "images:\n- name: i\n  injection_files: [{path: /k, content: $$SCONE::k$$}]\n"
      "secrets: [{name: k, kind: private-key, " +
      more + "}]\n");
}

TEST(Secrets, SL131_an_ed25519_key_in_a_file_gives_a_warning) {
  const auto written = [](const std::string& content, const std::string& type) {
    return with(
        "services: [{name: s, command: x, image_name: i, attestation: {mrenclave: " + mrenclave +
        "}}]\nimages:\n  - name: i\n    injection_files: [{path: /k, content: '" + content +
        "'}]\nsecrets:\n  - {name: k, kind: private-key, key_type: " + type +
        "}\n  - {name: c, kind: x509, private_key: k}\n");
  };
  warns(written("$$SCONE::k$$", "Ed25519"), "OpenSSL before 3.5");
  warns(written("$$SCONE::c:privatekey$$", "Ed25519"), "OpenSSL before 3.5");
  const auto silent = [](const std::string& text) {
    diag::Diagnostics out;
    (void)parse_text("s", text, &out);
    for (const auto& warning : out.warnings())
      if (warning.text.find("OpenSSL") != std::string::npos) return false;
    return true;
  };
  EXPECT_TRUE(silent(written("$$SCONE::k$$", "P-256")));
  // What can not be read is said once, where it stands.
  EXPECT_THAT(judged(file_with_key("value: nonsense")).warnings, IsEmpty());
  EXPECT_TRUE(silent(written("$$SCONE::c$$", "Ed25519")));
  EXPECT_TRUE(silent(written("$$SCONE::c:pkcs12-with-private-key$$", "Ed25519")));
}

TEST(Secrets, SL137_SL147_certificates_that_the_cas_would_refuse_are_refused_before) {
  crypto::CertificateProfile profile;
  profile.is_ca = true;
  profile.not_before = crypto::Time{};
  profile.common_name = "ca";
  const auto ca_key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  const auto ca = crypto::issue(profile, ca_key.public_key(), ca_key);
  profile.is_ca = false;
  profile.common_name = "leaf";
  const auto leaf = crypto::issue(profile, alice().key.public_key(), ca_key, &ca);
  const std::string with_ca = pem_secret("ca", "x509-ca", ca.pem());
  accepts(secrets(with_ca + pem_secret("c", "x509", leaf.pem(), "  issuer: ca\n")));
  refuses(secrets(with_ca + pem_secret("c", "x509", bob().certificate, "  issuer: ca\n")),
          "was not issued by 'ca'");
  refuses(secrets(pem_secret("c", "x509-ca", leaf.pem())), "it is not a CA certificate");
  std::string many;
  for (int i = 0; i < 33; ++i) many += ca.pem();
  refuses(secrets(pem_secret("c", "x509", many)), "more than 32 certificates");
}

TEST(Secrets, SL005_a_misspelt_key_gives_no_error_that_follows_from_it) {
  const auto errors = [](const std::string& text) { return judged(text).errors; };
  EXPECT_THAT(errors(secrets("- {name: j, kind: jwt, signr: k, alg: ES384, validity: {for: 1h}, "
                             "payload: {a: b}}\n")),
              ElementsAre(HasSubstr("'secrets[0].signer' is missing"), HasSubstr(".signr'")));
  EXPECT_THAT(errors(with("images: [{name: i, injection_files: [{pth: /x, content: y}]}]\n")),
              ElementsAre(HasSubstr("path' is missing"), HasSubstr("pth'")));
  EXPECT_THAT(
      errors(secrets("- {nme: k, kind: private-key}\n- {name: c, kind: x509, private_key: k}\n")),
      ElementsAre(HasSubstr("name' is missing"), HasSubstr("nme'"),
                  ::testing::EndsWith("is named 'k'; did you mean 'c'?")));
}

}  // namespace
}  // namespace sconectl::session::test
