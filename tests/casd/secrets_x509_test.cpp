// x509 and x509-ca (SL-136 to SL-162), judged by openssl.
#include "casd/secrets_fixture.hpp"
#include "support/real_tool.hpp"

namespace sconectl::casd::secrets {
namespace {

using std::chrono::hours;
using test::run_tool;
using test::Scratch;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string three_levels =
    "- {name: root_key, kind: private-key, key_type: P-384}\n"
    "- {name: root, kind: x509-ca, private_key: root_key, common_name: My Root}\n"
    "- {name: middle_key, kind: private-key, key_type: RSA-2048}\n"
    "- {name: middle, kind: x509-ca, private_key: middle_key, issuer: root}\n"
    "- {name: key, kind: private-key}\n"
    "- {name: server, kind: x509, private_key: key, issuer: middle, endpoint: server, "
    "san: ['dns:a.example', 'dns:*.a.example', 'ip:10.0.0.1', 'ip:::1']}\n"
    "- {name: client, kind: x509, private_key: key, issuer: middle, endpoint: client, "
    "common_name: my client}\n"
    "- {name: alone, kind: x509, private_key: key}\n";

std::string described(const std::string& pem) {
  const auto result = run_tool({"openssl", "x509", "-noout", "-text"}, pem);
  EXPECT_EQ(result.status, 0) << result.err;
  return result.out;
}

class SecretsX509 : public testing::Test {
 protected:
  Values values{three_levels};
};

TEST_F(SecretsX509, SL137_SL156_openssl_verifies_the_chain) {
  const Scratch scratch;
  for (const auto& [name, purpose] :
       {std::pair{"server", "sslserver"}, std::pair{"client", "sslclient"}}) {
    const auto result = run_tool({"openssl", "verify", "-x509_strict", "-purpose", purpose,
                                  "-CAfile", scratch.file("root", values.text("root")),
                                  "-untrusted", scratch.file("chain", values.text(name, "chain")),
                                  scratch.file("leaf", values.text(name))});
    EXPECT_EQ(result.status, 0) << result.out << result.err;
  }
}

TEST_F(SecretsX509, SL139_the_wrong_purpose_does_not_verify) {
  const Scratch scratch;
  const auto result = run_tool({"openssl", "verify", "-purpose", "sslclient", "-CAfile",
                                scratch.file("root", values.text("root")), "-untrusted",
                                scratch.file("chain", values.text("server", "chain")),
                                scratch.file("leaf", values.text("server"))});
  EXPECT_NE(result.status, 0);
}

TEST_F(SecretsX509, SL138_common_name) {
  EXPECT_EQ(values.get("server")->certificates[0].common_name(), "a.example");
  EXPECT_EQ(values.get("client")->certificates[0].common_name(), "my client");
  EXPECT_EQ(values.get("middle")->certificates[0].common_name(), "middle");
  EXPECT_EQ(values.get("alone")->certificates[0].common_name(), "alone");
}

TEST(SecretsX509Names, SL138_a_derived_common_name_has_room) {
  const std::string host(60, 'a');
  const std::string name =
      "a-secret-name-that-is-longer-than-sixty-four-characters-because-it-may-be";
  Values some(
      "- {name: key, kind: private-key}\n- {name: first, kind: x509, private_key: key, san: "
      "['dns:" +
      host +
      ".cluster.local', 'dns:short']}\n"
      "- {name: only, kind: x509, private_key: key, san: ['dns:" +
      host +
      ".cluster.local']}\n"
      "- {name: " +
      name +
      ", kind: x509, private_key: key}\n"
      "- {name: " +
      name + "-too, kind: x509, private_key: key}");
  EXPECT_EQ(some.get("first")->certificates[0].common_name(), "short");
  EXPECT_EQ(some.get("only")->certificates[0].common_name(), "only");
  const auto one = some.get(name)->certificates[0].common_name();
  EXPECT_EQ(one.size(), 64U);
  EXPECT_EQ(one.substr(0, 47), name.substr(0, 47));
  EXPECT_NE(one, some.get(name + "-too")->certificates[0].common_name());
}

TEST_F(SecretsX509, SL139_SL141_SL148_profile) {
  EXPECT_THAT(described(values.text("server")),
              AllOf(HasSubstr("TLS Web Server Authentication"),
                    HasSubstr("DNS:a.example, DNS:*.a.example, IP Address:10.0.0.1, IP "
                              "Address:0:0:0:0:0:0:0:1"),
                    HasSubstr("CA:FALSE"), HasSubstr("sha256WithRSAEncryption")));
  EXPECT_THAT(described(values.text("alone")),
              AllOf(HasSubstr("CN = alone"), Not(HasSubstr("Extended"))));
  EXPECT_THAT(described(values.text("middle")),
              AllOf(HasSubstr("CA:TRUE"), HasSubstr("Certificate Sign, CRL Sign"),
                    HasSubstr("ecdsa-with-SHA384")));
}

TEST_F(SecretsX509, SL141_dns_and_san_together_are_the_union) {
  Values both(
      "- {name: key, kind: private-key}\n"
      "- {name: c, kind: x509, private_key: key, san: ['dns:b'], dns: [a, b]}");
  EXPECT_THAT(described(both.text("c")), HasSubstr("DNS:b, DNS:a\n"));
  EXPECT_EQ(both.get("c")->certificates[0].common_name(), "b");
}

TEST_F(SecretsX509, SL145_without_valid_for_it_does_not_end) {
  const auto& certificate = values.get("server")->certificates[0];
  EXPECT_EQ(certificate.not_before(), test_now - std::chrono::minutes{5});
  EXPECT_EQ(certificate.not_after(), crypto::never_expires);
  EXPECT_EQ(renewal_time(*values.get("server")), std::nullopt);
}

TEST_F(SecretsX509, SL143_valid_for) {
  Values some(
      "- {name: key, kind: private-key}\n"
      "- {name: c, kind: x509, private_key: key, valid_for: 1d 12h}");
  EXPECT_EQ(some.get("c")->certificates[0].not_after(), test_now + hours{36});
  EXPECT_EQ(renewal_time(*some.get("c")), test_now + hours{24});
}

TEST_F(SecretsX509, SL152_to_SL155_formats) {
  const std::string pem = values.text("server");
  EXPECT_EQ(values.text("server", "crt"), pem);
  EXPECT_EQ(values.text("server", "crt:pem"), pem);
  EXPECT_EQ(values.text("server", ".crt"), pem);
  EXPECT_EQ(run_tool({"openssl", "x509", "-outform", "DER"}, pem).out,
            values.text("server", "crt:der"));
  const std::string key = values.text("key");
  for (const char* suffix : {"privatekey", "privatekey:pem", "privatekey:pkcs8:pem", ".key"}) {
    EXPECT_EQ(values.text("server", suffix), key) << suffix;
  }
  for (const char* suffix : {"privatekey:der", "privatekey:pkcs8:der"}) {
    EXPECT_EQ(values.text("server", suffix), values.text("key", "der")) << suffix;
  }
}

TEST_F(SecretsX509, SL156_chain_goes_up_and_leaves_the_certificate_out) {
  EXPECT_EQ(values.text("server", "chain"), values.text("middle") + values.text("root"));
  EXPECT_EQ(values.text("middle", "chain"), values.text("root"));
  EXPECT_EQ(values.text("root", "chain"), "");
  EXPECT_EQ(values.text("alone", "chain"), "");
}

TEST_F(SecretsX509, SL160_the_old_chain_goes_down_and_ends_with_the_certificate) {
  EXPECT_EQ(values.text("server", ".chain"),
            values.text("root") + values.text("middle") + values.text("server"));
  EXPECT_EQ(values.text("alone", ".chain"), values.text("alone"));
}

TEST_F(SecretsX509, SL161_certificate_and_chain_can_be_joined) {
  const std::string full = values.text("server", "crt") + values.text("server", "chain");
  EXPECT_EQ(crypto::certificates_from_pem(full).size(), 3U);
  EXPECT_THAT(
      full, AllOf(HasSubstr("-----\n-----"), Not(HasSubstr("\n\n")), Not(HasSubstr("----------"))));
}

TEST_F(SecretsX509, SL157_pkcs12_with_the_empty_password) {
  const std::string container = values.text("server", "pkcs12-with-private-key");
  const auto result = run_tool({"openssl", "pkcs12", "-nodes", "-passin", "pass:"}, container);
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(crypto::certificates_from_pem(result.out).size(), 3U);
  EXPECT_THAT(result.out, HasSubstr(values.text("key")));
}

TEST_F(SecretsX509, SL154_a_key_that_is_not_accessible_is_an_error) {
  SecretMaterial imported;
  imported.kind = session::SecretKind::x509;
  imported.certificates = values.get("server")->certificates;
  values.put("server", std::move(imported));
  EXPECT_EQ(values.fault("server", "crt"), "");
  for (const char* suffix : {"privatekey", "privatekey:der", "pkcs12-with-private-key", ".key"}) {
    EXPECT_THAT(values.fault("server", suffix),
                AllOf(HasSubstr("'server'"), HasSubstr("not accessible")));
  }
}

TEST_F(SecretsX509, SL151_an_issuer_without_its_key_is_an_error) {
  SecretMaterial imported;
  imported.kind = session::SecretKind::x509_ca;
  imported.certificates = values.get("middle")->certificates;
  values.put("middle", std::move(imported));
  EXPECT_THAT(values.fault("server"), AllOf(HasSubstr("'server'"), HasSubstr("'middle'"),
                                            HasSubstr("issuer private key not accessible")));
}

TEST_F(SecretsX509, SL150_an_issuer_that_is_no_ca_is_an_error) {
  SecretMaterial leaf;
  leaf.kind = session::SecretKind::x509;
  leaf.certificates = values.get("alone")->certificates;
  leaf.private_key = values.get("alone")->private_key;
  values.put("middle", std::move(leaf));
  EXPECT_THAT(values.fault("server"), AllOf(HasSubstr("'middle'"), HasSubstr("x509-ca")));
}

TEST_F(SecretsX509, SL136_the_key_must_be_a_private_key_secret) {
  SecretMaterial text;
  text.kind = session::SecretKind::ascii;
  text.bytes = crypto::Secret("x");
  values.put("key", std::move(text));
  EXPECT_THAT(values.fault("server"), AllOf(HasSubstr("'server'"), HasSubstr("'key'")));
}

TEST_F(SecretsX509, names_that_no_certificate_can_hold_name_the_secret) {
  session::X509 body;
  body.private_key = "key";
  body.san = {"dns:a,IP:1.2.3.4"};
  session::Secret bad;
  bad.name = "bad";
  bad.body = body;
  try {
    static_cast<void>(generate(bad, values.siblings(), test_now));
    FAIL();
  } catch (const diag::Error& error) {
    EXPECT_THAT(error.text(), AllOf(HasSubstr("'bad'"), HasSubstr("DNS name")));
  }
}

class SecretsRenewal : public testing::Test {
 protected:
  Values values{
      "- {name: ca_key, kind: private-key}\n"
      "- {name: ca, kind: x509-ca, private_key: ca_key, valid_for: 30 days}\n"
      "- {name: key, kind: private-key}\n"
      "- {name: leaf, kind: x509, private_key: key, issuer: ca}"};
};

TEST_F(SecretsRenewal, SL107_a_value_stays_until_it_has_to_change) {
  const std::string ca = values.text("ca");
  const std::string leaf = values.text("leaf");
  values.at(test_now + hours{24 * 19});
  EXPECT_EQ(values.text("ca"), ca);
  EXPECT_EQ(values.text("leaf"), leaf);
}

TEST_F(SecretsRenewal, SL146_after_two_thirds_same_key_new_serial) {
  const auto before = values.get("ca")->certificates[0];
  values.at(test_now + hours{24 * 20});
  const auto after = values.get("ca")->certificates[0];
  EXPECT_NE(after.serial(), before.serial());
  EXPECT_EQ(after.public_key(), before.public_key());
  EXPECT_EQ(after.common_name(), before.common_name());
  EXPECT_EQ(after.not_after(), test_now + hours{24 * 50});
}

TEST_F(SecretsRenewal, SL146_what_it_issued_follows) {
  const auto before = values.get("leaf")->certificates;
  values.at(test_now + hours{24 * 20});
  const auto after = values.get("leaf")->certificates;
  EXPECT_NE(after[0].serial(), before[0].serial());
  EXPECT_EQ(after[1], values.get("ca")->certificates[0]);
  EXPECT_EQ(after[0].public_key(), before[0].public_key());
}

TEST_F(SecretsRenewal, SL220_another_key_makes_another_certificate) {
  const auto material = values.get("leaf");
  SecretMaterial other;
  other.kind = session::SecretKind::private_key;
  other.private_key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  values.put("key", std::move(other));
  const SecretMaterial read = decode(
      values.secret("leaf"), encode(values.secret("leaf"), *material).view(), values.siblings());
  EXPECT_EQ(renewal_need(values.secret("leaf"), read, values.siblings(), test_now),
            RenewalNeed::at_once);
  EXPECT_EQ(renewal_need(values.secret("leaf"), *material, values.siblings(), test_now),
            RenewalNeed::none);
}

TEST_F(SecretsRenewal, SL145_a_certificate_ends_with_its_issuer_and_lives_on_with_it) {
  EXPECT_EQ(values.get("leaf")->certificates[0].not_after(), test_now + hours{24 * 30});
  values.at(test_now + hours{24 * 20});
  EXPECT_EQ(values.get("leaf")->certificates[0].not_after(), test_now + hours{24 * 50});
}

TEST(SecretsOfOneDay, SL146_a_new_certificate_is_not_due_because_it_began_before_it_was_issued) {
  Values brief(
      "- {name: key, kind: private-key}\n"
      "- {name: c, kind: x509, private_key: key, valid_for: 6m}");
  const std::string first = brief.text("c");
  EXPECT_EQ(renewal_time(*brief.get("c")), test_now + std::chrono::minutes{4});
  brief.at(test_now + std::chrono::minutes{3});
  EXPECT_EQ(brief.text("c"), first);
}

// ------------------------------------------------------------ explicit certificates (SL-147)

session::Secret explicit_secret(bool ca, std::string value) {
  session::X509 body;
  body.ca = ca;
  body.value = std::move(value);
  session::Secret secret;
  secret.name = "explicit";
  secret.body = body;
  return secret;
}

template <typename Change>
std::string explicit_fault(Values& values, bool ca, std::string value, Change change) {
  session::Secret secret = explicit_secret(ca, std::move(value));
  change(std::get<session::X509>(secret.body));
  try {
    static_cast<void>(from_text(secret, values.siblings()));
    return "";
  } catch (const diag::Error& error) {
    return error.text();
  }
}

TEST_F(SecretsX509, SL147_the_first_block_is_the_certificate_and_the_rest_its_chain) {
  const std::string text = values.text("server") + values.text("root") + values.text("middle");
  const SecretMaterial read = from_text(explicit_secret(false, text), values.siblings());
  EXPECT_EQ(std::string(format_as(read, "explicit", "crt").view()), values.text("server"));
  // Written in the wrong order, delivered in the right one (SL-156).
  EXPECT_EQ(std::string(format_as(read, "explicit", "chain").view()),
            values.text("server", "chain"));
}

TEST_F(SecretsX509, SL136_with_value_the_key_must_be_the_certificates) {
  EXPECT_EQ(explicit_fault(values, false, values.text("server"),
                           [](session::X509& body) { body.private_key = "key"; }),
            "");
  EXPECT_THAT(explicit_fault(values, false, values.text("server"),
                             [](session::X509& body) { body.private_key = "root_key"; }),
              AllOf(HasSubstr("'explicit'"), HasSubstr("'root_key'"), HasSubstr("belong")));
}

TEST_F(SecretsX509, SL137_with_value_the_issuer_needs_no_key_but_must_have_signed) {
  SecretMaterial imported;
  imported.kind = session::SecretKind::x509_ca;
  imported.certificates = values.get("middle")->certificates;
  const std::string server = values.text("server");
  const std::string alone = values.text("alone");
  values.put("middle", std::move(imported));
  EXPECT_EQ(
      explicit_fault(values, false, server, [](session::X509& body) { body.issuer = "middle"; }),
      "");
  EXPECT_THAT(
      explicit_fault(values, false, alone, [](session::X509& body) { body.issuer = "middle"; }),
      HasSubstr("not issued by 'middle'"));
}

TEST_F(SecretsX509, SL147_what_is_no_certificate_is_refused) {
  const auto unchanged = [](session::X509&) {};
  EXPECT_THAT(explicit_fault(values, false, "hello", unchanged), HasSubstr("no PEM certificate"));
  EXPECT_THAT(explicit_fault(values, false, values.text("key"), unchanged),
              HasSubstr("no PEM certificate"));
  EXPECT_THAT(explicit_fault(values, true, values.text("alone"), unchanged),
              HasSubstr("not a CA certificate"));
}

TEST_F(SecretsX509, SL147_hundreds_of_certificates_are_no_chain) {
  std::string value;
  for (int i = 0; i < 300; ++i) value += values.text("root");
  EXPECT_THAT(explicit_fault(values, false, value, [](session::X509&) {}),
              HasSubstr("more than 32 certificates"));
}

// ------------------------------------------------------------ the legacy dialect

TEST(SecretsLegacy, SL327_certificates_without_key_and_issuer_are_signed_by_one_session_ca) {
  Values values("- {name: a, kind: x509}\n- {name: b, kind: x509}", test_now, "\"0.2\"");
  EXPECT_THAT(needs(values.secret("a")), testing::ElementsAre(std::string(session_ca_name)));
  const auto a = values.get("a")->certificates;
  const auto b = values.get("b")->certificates;
  ASSERT_EQ(a.size(), 2U);
  EXPECT_EQ(a[1], b[1]);
  EXPECT_TRUE(a[0].issued_by(a[1]));
  EXPECT_FALSE(a[0].public_key() == b[0].public_key());
  const std::string certificate = values.text("a", ".crt");
  const std::string key = values.text("a", ".key");
  values.at(test_now + hours{1});
  EXPECT_EQ(values.text("a", ".crt"), certificate);
  EXPECT_EQ(values.text("a", ".key"), key);
}

TEST(SecretsLegacy, SL174_session_ca_shows_only_its_certificate) {
  Values values("- {name: ca, kind: session-ca}\n- {name: a, kind: x509}", test_now, "\"0.2\"");
  EXPECT_EQ(values.text("a", ".chain"), values.text("ca", ".crt") + values.text("a", ".crt"));
  EXPECT_NE(values.fault("ca", ".key"), "");
  EXPECT_NE(values.fault("ca", "privatekey"), "");
}

}  // namespace
}  // namespace sconectl::casd::secrets
