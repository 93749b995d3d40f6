#include "sconectl/session/signed_session.hpp"

#include "keys.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/write.hpp"
#include "support.hpp"

namespace sconectl::session::test {
namespace {

const std::string yaml_text = "name: a\nversion: \"0.3\"\naccess_policy: {read: ANY}\n";

SignedSession signed_with(std::initializer_list<crypto::PrivateKey> keys) {
  SignedSession result{yaml_text, {}};
  const Session session = read(yaml_text);
  for (const auto& key : keys)
    add_signature(result, session,
                  {key.public_key().spki_pem(), key.sign(message_to_be_signed(session))});
  return result;
}

TEST(SignedSessions, RA036_content_decides_the_form) {
  EXPECT_EQ(form_of(yaml_text), Form::yaml);
  EXPECT_EQ(form_of("{name: a, version: 0.3}"), Form::yaml);
  EXPECT_EQ(form_of(R"({"name":"a","version":"0.3"})"), Form::yaml);
  EXPECT_EQ(form_of(""), Form::yaml);
  EXPECT_EQ(form_of(" \n" + json(signed_with({ed25519()}))), Form::signed_session);
  EXPECT_EQ(form_of(R"({"encrypted_session":"x"})"), Form::encrypted_session);
  EXPECT_EQ(form_of("\xEF\xBB\xBF{\"encrypted_session\":\"x\"}"), Form::encrypted_session);
  EXPECT_EQ(form_of(" \n"), Form::yaml);
  EXPECT_EQ(form_of(R"("encrypted_session")"), Form::yaml);
  EXPECT_EQ(form_of(R"(["encrypted_session"])"), Form::yaml);
  EXPECT_EQ(form_of(R"({"session":"x"})"), Form::yaml);
  EXPECT_EQ(form_of(R"({"signatures":[]})"), Form::yaml);
}

TEST(SignedSessions, CL077_json_shape_and_both_encodings_of_signers) {
  const auto original = signed_with({ed25519(), p384()});
  const auto back = parse_signed_session(json(original));
  EXPECT_EQ(back.session, yaml_text);
  ASSERT_EQ(back.signatures.size(), 2U);
  EXPECT_EQ(back.signatures[1].signature, original.signatures[1].signature);
  SignedSession other = original;
  other.signatures[0].signer = crypto::signer_text(ed25519().public_key());
  EXPECT_EQ(verified_signers(other, read(yaml_text)).size(), 2U);
  EXPECT_THAT(json(other), HasSubstr("BEGIN PUBLIC KEY"));
}

TEST(SignedSessions, RA043_signatures_are_hex_or_base64) {
  const auto original = signed_with({ed25519()});
  const std::string& bytes = original.signatures[0].signature;
  const auto with_text = [&](const std::string& text) {
    return parse_signed_session(R"({"session":"x","signatures":[{"signer":")" + signer_short +
                                R"(","signature":")" + text + R"("}]})")
        .signatures[0]
        .signature;
  };
  EXPECT_EQ(with_text(crypto::hex(bytes)), bytes);
  EXPECT_EQ(with_text(crypto::base64(bytes)), bytes);
}

TEST(SignedSessions, RA044_message) {
  const Session session = read(yaml_text);
  const std::string message = message_to_be_signed(session);
  EXPECT_EQ(message.size(), 30U + 32U);
  EXPECT_TRUE(message.starts_with("open-cas session signature v1\n"));
  EXPECT_EQ(crypto::hex(message.substr(30)), hash(session));
}

TEST(SignedSessions, RA042_CL078_one_wrong_signature_refuses_all) {
  auto session = signed_with({ed25519(), p384()});
  EXPECT_EQ(verified_signers(session, read(yaml_text)).size(), 2U);
  EXPECT_THAT(error_of([&] { (void)verified_signers(session, read("name: b\nversion: '0.3'\n")); }),
              HasSubstr("signature 1 of 2 is wrong"));
  session.signatures[1].signature[9] = static_cast<char>(session.signatures[1].signature[9] ^ 1);
  EXPECT_THAT(error_of([&] { (void)verified_signers(session, read(yaml_text)); }),
              HasSubstr("signature 2 of 2 is wrong"));
  EXPECT_THAT(error_of([&] {
                (void)verified_signers({yaml_text, {}}, read(yaml_text));
              }),
              HasSubstr("no signature"));
}

TEST(SignedSessions, CL076_CL080_same_signer_is_replaced_and_wrong_signatures_are_not_added) {
  auto session = signed_with({ed25519(), ed25519()});
  EXPECT_EQ(session.signatures.size(), 1U);
  EXPECT_THAT(
      error_of([&] {
        add_signature(session, read(yaml_text), {p384().public_key().spki_pem(), "nonsense"});
      }),
      HasSubstr("does not belong"));
  EXPECT_EQ(session.signatures.size(), 1U);
}

TEST(SignedSessions, SL272_a_signer_who_signed_twice_is_one) {
  auto session = signed_with({ed25519()});
  session.signatures.push_back(session.signatures[0]);
  EXPECT_EQ(verified_signers(session, read(yaml_text)).size(), 1U);
}

TEST(SignedSessions, bad_json_is_refused_with_a_reason) {
  for (const char* bad :
       {"", "[]", "{}", "{\"session\":1,\"signatures\":[]}", "{\"session\":\"x\"}",
        "{\"session\":\"x\",\"signatures\":[1]}",
        "{\"session\":\"x\",\"session\":\"y\",\"signatures\":[]}",
        "{\"session\":\"x\",\"signatures\":[],\"extra\":1}",
        "{\"session\":\"x\",\"signatures\":[{\"signer\":\"s\"}]}",
        "{\"session\":\"x\",\"signatures\":[{\"signer\":\"s\",\"signature\":\"!\"}]}"})
    EXPECT_NE(error_of([&] { (void)parse_signed_session(bad); }), "no error") << bad;
  EXPECT_THAT(error_of([] {
                (void)parse_signed_session("{\"session\":" + std::string(10000, '[') +
                                           std::string(10000, ']') + "}");
              }),
              HasSubstr("nested too deeply"));
}

TEST(EncryptedSessions, RA046_CL081_only_the_cas_reads_them) {
  const auto pair = crypto::generate_x25519();
  const auto encrypted = encrypt(yaml_text, crypto::hex(pair.public_key));
  const auto back = parse_encrypted_session(json(encrypted));
  EXPECT_EQ(back.encryption_key, crypto::hex(pair.public_key));
  EXPECT_EQ(decrypt(back, pair.private_key.view()).view(), yaml_text);
  const auto other = crypto::generate_x25519();
  EXPECT_NE(error_of([&] { (void)decrypt(back, other.private_key.view()); }), "no error");
  auto broken = back;
  broken.sealed[40] = static_cast<char>(broken.sealed[40] ^ 1);
  EXPECT_NE(error_of([&] { (void)decrypt(broken, pair.private_key.view()); }), "no error");
  EXPECT_THAT(error_of([] { (void)encrypt("x", "abc"); }), HasSubstr("64 hex digits"));
}

TEST(EncryptedSessions, RA045_keys_have_64_hex_digits_and_what_is_sealed_48_bytes) {
  const auto parsed = [](std::size_t sealed, const std::string& key) {
    return error_of([&] {
      (void)parse_encrypted_session(R"({"encrypted_session":")" +
                                    crypto::base64(std::string(sealed, 'x')) +
                                    R"(","encryption_key":")" + key + "\"}");
    });
  };
  EXPECT_EQ(parsed(48, std::string(64, 'a')), "no error");
  EXPECT_THAT(parsed(47, std::string(64, 'a')), HasSubstr("must be base64 of an encrypted"));
  for (const auto& key : {std::string(62, 'a'), std::string(66, 'a'), std::string(64, 'z')})
    EXPECT_EQ(parsed(48, key), "'encryption_key' must be 64 hex digits") << key;
  for (const auto& key : {std::string(62, 'a'), std::string(66, 'a'), std::string(64, 'z')})
    EXPECT_THAT(error_of([&] { (void)encrypt("x", key); }), HasSubstr("64 hex digits")) << key;
}

TEST(EncryptedSessions, bad_json_is_refused) {
  for (const char* bad : {"{}", "{\"encrypted_session\":\"AAAA\",\"encryption_key\":\"ab\"}",
                          "{\"encrypted_session\":\"!\",\"encryption_key\":\"\"}"})
    EXPECT_NE(error_of([&] { (void)parse_encrypted_session(bad); }), "no error") << bad;
}

}  // namespace
}  // namespace sconectl::session::test
