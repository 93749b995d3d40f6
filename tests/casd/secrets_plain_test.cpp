// ascii, binary, private-key, public-key and config-fragment (SL-115 to SL-135, SL-165, SL-166).
#include "casd/secrets_fixture.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "support/matchers.hpp"
#include "support/real_tool.hpp"

namespace sconectl::casd::secrets {
namespace {

using test::run_tool;
using testing::AllOf;
using testing::HasSubstr;

TEST(SecretsAscii, SL115_generated_has_the_size_and_printable_characters) {
  Values values("- {name: a, kind: ascii}\n- {name: b, kind: ascii, size: 5000}");
  EXPECT_EQ(values.text("a").size(), 20U);
  const std::string long_one = values.text("b");
  EXPECT_EQ(long_one.size(), 5000U);
  for (const char c : long_one) EXPECT_TRUE(c >= '!' && c <= '~');
  EXPECT_EQ(std::set<char>(long_one.begin(), long_one.end()).size(), 94U);
}

TEST(SecretsAscii, SL107_two_generated_values_differ) {
  Values values("- {name: a, kind: ascii}\n- {name: b, kind: ascii}");
  EXPECT_NE(values.text("a"), values.text("b"));
}

TEST(SecretsAscii, SL116_explicit_text_is_kept_as_it_is) {
  Values values(
      "- name: a\n  kind: ascii\n  value: \"l\\u00f6ng\\nline $$SCONE::b$$ \"\n"
      "- {name: b, kind: ascii, value: \"\"}");
  EXPECT_EQ(values.text("a"), "l\xC3\xB6ng\nline $$SCONE::b$$ ");
  EXPECT_EQ(values.text("b"), "");
}

TEST(SecretsAscii, SL117_any_suffix_is_an_error_that_names_what_is_allowed) {
  Values values("- {name: a, kind: ascii}");
  for (const char* suffix : {"hex", "base64", ".crt", "text"}) {
    EXPECT_THAT(values.fault("a", suffix),
                AllOf(HasSubstr("secret 'a'"), HasSubstr(suffix), HasSubstr("allowed: none")));
  }
}

class SecretsBinary : public testing::Test {
 protected:
  Values values{
      "- {name: a, kind: binary, value: \"00FFbeef10\"}\n- {name: g, kind: binary}\n"
      "- {name: k, kind: binary, size: 32}"};
  const std::string bytes = std::string("\x00\xff\xbe\xef\x10", 5);
};

TEST_F(SecretsBinary, SL118_generated_has_the_size) {
  EXPECT_EQ(values.text("g").size(), 20U);
  EXPECT_EQ(values.text("k").size(), 32U);
}

TEST_F(SecretsBinary, SL119_raw) {
  EXPECT_EQ(values.text("a"), bytes);
  EXPECT_EQ(values.text("a", "bin"), bytes);
}

TEST_F(SecretsBinary, SL120_SL125_hex_is_lower_case) {
  EXPECT_EQ(values.text("a", "hex"), "00ffbeef10");
  EXPECT_EQ(values.text("a", ".hex"), "00ffbeef10");
}

TEST_F(SecretsBinary, SL121_to_SL124_agree_with_the_tools) {
  for (const char* name : {"a", "g", "k"}) {
    const std::string raw = values.text(name);
    EXPECT_EQ(values.text(name, "base64"), run_tool({"base64", "-w0"}, raw).out);
    EXPECT_EQ(values.text(name, "base64url"), run_tool({"basenc", "--base64url", "-w0"}, raw).out);
    const std::string base32 = run_tool({"base32", "-w0"}, raw).out;
    EXPECT_EQ(values.text(name, "base32"), base32);
    EXPECT_EQ(values.text(name, "base32nopad"), base32.substr(0, base32.find('=')));
  }
}

TEST_F(SecretsBinary, SL205_unknown_suffix_names_the_allowed_ones) {
  EXPECT_THAT(values.fault("a", "pem"),
              AllOf(HasSubstr("':pem'"), HasSubstr(":base32nopad"), HasSubstr("none")));
}

class SecretsPrivateKey : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(SL126, SecretsPrivateKey,
                         testing::Values("P-256", "P-384", "Ed25519", "RSA-2048", "RSA-3072"));

TEST_P(SecretsPrivateKey, SL129_SL130_formats) {
  Values values("- {name: k, kind: private-key, key_type: " + std::string(GetParam()) + "}");
  EXPECT_EQ(crypto::key_type_name(values.get("k")->private_key->type()), GetParam());
  const std::string pem = values.text("k");
  EXPECT_EQ(values.text("k", "pem"), pem);
  EXPECT_EQ(values.text("k", "pkcs8:pem"), pem);
  EXPECT_EQ(values.text("k", "der"), values.text("k", "pkcs8:der"));
  EXPECT_EQ(crypto::PrivateKey::from_pem(pem).pkcs8_der().view(), values.text("k", "der"));
  EXPECT_THAT(pem, testing::EndsWith("-----END PRIVATE KEY-----\n"));
  if (GetParam() == std::string("Ed25519")) return;  // OpenSSL 3.0 does not read version 2
  const auto der = run_tool({"openssl", "pkcs8", "-topk8", "-nocrypt", "-outform", "DER"}, pem);
  EXPECT_EQ(der.out, values.text("k", "der")) << der.err;
}

TEST_P(SecretsPrivateKey, SL132_SL134_SL135_public_key_of_it) {
  Values values("- {name: k, kind: private-key, key_type: " + std::string(GetParam()) +
                "}\n- {name: p, kind: public-key, private_key: k}");
  const std::string pem = values.text("p");
  EXPECT_EQ(values.text("p", "spki:pem"), pem);
  EXPECT_EQ(pem, values.get("k")->private_key->public_key().spki_pem());
  const auto der = run_tool({"openssl", "pkey", "-pubin", "-pubout", "-outform", "DER"}, pem);
  EXPECT_EQ(der.out, values.text("p", "spki:der")) << der.err;
}

TEST(SecretsPrivateKeyValue, SL126_default_is_P256) {
  Values values("- {name: k, kind: private-key}");
  EXPECT_EQ(values.get("k")->private_key->type(), crypto::KeyType::p256);
}

std::string indented(const std::string& pem) {
  std::string out;
  for (std::size_t at = 0; at < pem.size();) {
    const std::size_t end = pem.find('\n', at);
    out += "    " + pem.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return out;
}

TEST(SecretsPrivateKeyValue, SL128_explicit_value) {
  const std::string pem =
      run_tool({"openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"}).out;
  Values values("- name: k\n  kind: private-key\n  value: |\n" + indented(pem));
  EXPECT_EQ(values.text("k"), pem);
}

TEST(SecretsPrivateKeyValue, SL128_key_type_must_agree) {
  const std::string pem =
      std::string(crypto::PrivateKey::generate(crypto::KeyType::p256).pkcs8_pem().view());
  session::Secret secret;
  secret.name = "k";
  secret.body = session::PrivateKey{pem, crypto::KeyType::p384, false};
  try {
    static_cast<void>(from_text(secret, {}));
    FAIL();
  } catch (const diag::Error& error) {
    EXPECT_THAT(error.text(), AllOf(HasSubstr("'k'"), HasSubstr("P-384"), HasSubstr("P-256"),
                                    testing::Not(HasSubstr(pem.substr(30, 40)))));
  }
}

TEST(SecretsPrivateKeyValue, SL133_public_key_needs_a_private_key_secret) {
  Values values("- {name: k, kind: private-key}\n- {name: p, kind: public-key, private_key: k}");
  SecretMaterial wrong;
  wrong.kind = session::SecretKind::ascii;
  wrong.bytes = crypto::Secret("hello");
  values.put("k", std::move(wrong));
  EXPECT_THAT(values.fault("p"),
              AllOf(HasSubstr("'p'"), HasSubstr("'k'"), HasSubstr("private-key")));
}

TEST(SecretsFragment, SL165_SL166_only_a_scalar_is_text) {
  Values values(
      "- {name: f, kind: config-fragment, value: 0x10}\n"
      "- {name: m, kind: config-fragment, value: {a: 1}}\n"
      "- {name: l, kind: config-fragment, value: [a]}");
  EXPECT_EQ(values.text("f"), "0x10");
  EXPECT_EQ(values.get("m")->fragment.find("a")->text(), "1");
  EXPECT_THAT(values.fault("m"), HasSubstr("scalar"));
  EXPECT_THAT(values.fault("l"), HasSubstr("scalar"));
}

TEST(SecretsStored, every_kind_survives_the_store) {
  Values values(
      "- {name: a, kind: ascii}\n- {name: b, kind: binary}\n"
      "- {name: k, kind: private-key}\n- {name: p, kind: public-key, private_key: k}\n"
      "- {name: c, kind: x509-ca, private_key: k}\n- {name: g, kind: pgp-key}");
  const std::map<std::string, std::string> suffix{{"g", "privatekey:binary"}};
  for (const char* name : {"a", "b", "k", "p", "c", "g"}) {
    const auto& secret = values.secret(name);
    const SecretMaterial made = generate(secret, values.siblings(), test_now);
    const crypto::Secret stored = encode(secret, made);
    const SecretMaterial read = decode(secret, stored.view(), values.siblings());
    EXPECT_EQ(read.kind, made.kind);
    const auto found = suffix.find(name);
    const std::string wanted = found == suffix.end() ? "" : found->second;
    // The key is another secret's, which did not change between the two.
    EXPECT_EQ(format_as(read, name, wanted).view(), format_as(made, name, wanted).view());
    EXPECT_EQ(encode(secret, read).view(), stored.view());
  }
}

TEST(SecretsStored, a_private_key_is_kept_once) {
  Values values("- {name: k, kind: private-key}\n- {name: c, kind: x509-ca, private_key: k}");
  const SecretMaterial made = generate(values.secret("c"), values.siblings(), test_now);
  const crypto::Secret stored = encode(values.secret("c"), made);
  const crypto::Secret key = made.private_key->pkcs8_der();
  const auto scalar = key.view().substr(36, 32);
  EXPECT_NE(encode(values.secret("k"), *values.get("k")).view().find(scalar),
            std::string_view::npos);
  EXPECT_THAT(std::string(stored.view()),
              test::HasButNot(made.certificates[0].der(), std::string(scalar)));
}

TEST(SecretsStored, damaged_bytes_are_refused) {
  Values values("- {name: k, kind: private-key}");
  const auto& secret = values.secret("k");
  const crypto::Secret stored = encode(secret, *values.get("k"));
  for (std::size_t size = 0; size < stored.size(); ++size) {
    EXPECT_THROW(static_cast<void>(decode(secret, stored.view().substr(0, size), {})), diag::Error);
  }
  std::string other(stored.view());
  other[0] = '\2';
  EXPECT_THROW(static_cast<void>(decode(secret, other, {})), diag::Error);
  other = std::string(stored.view());
  other[1] = 'x';
  EXPECT_THROW(static_cast<void>(decode(secret, other, {})), diag::Error);
}

}  // namespace
}  // namespace sconectl::casd::secrets
