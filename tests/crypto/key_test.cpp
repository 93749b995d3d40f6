#include "sconectl/crypto/key.hpp"

#include <gmock/gmock.h>

#include <thread>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "support/matchers.hpp"
#include "support/real_tool.hpp"

namespace sconectl::crypto {
namespace {

using test::run_tool;
using test::Scratch;
using testing::HasSubstr;

constexpr KeyType generated[] = {KeyType::p256, KeyType::p384, KeyType::ed25519, KeyType::rsa2048,
                                 KeyType::rsa3072};

/// Text of the error that `read` throws; "" if it throws none.
template <typename Read>
std::string refusal(Read read) {
  try {
    static_cast<void>(read());
    return "";
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
    return error.text();
  }
}

std::string openssl_made(const std::vector<std::string>& arguments) {
  const auto result = run_tool(arguments);
  EXPECT_EQ(result.status, 0) << result.err;
  return result.out;
}

class EachKeyType : public testing::TestWithParam<KeyType> {};
INSTANTIATE_TEST_SUITE_P(SL126, EachKeyType, testing::ValuesIn(generated), [](const auto& one) {
  std::string name(key_type_name(one.param));
  std::erase(name, '-');
  return name;
});

TEST_P(EachKeyType, generates_reads_back_and_knows_its_type) {
  const PrivateKey key = PrivateKey::generate(GetParam());
  EXPECT_EQ(key.type(), GetParam());
  EXPECT_EQ(parse_key_type(key_type_name(GetParam())), GetParam());
  EXPECT_EQ(PrivateKey::from_pem(key.pkcs8_pem().view()).public_key(), key.public_key());
  const PrivateKey again = PrivateKey::from_der(key.pkcs8_der().view());
  EXPECT_EQ(again.public_key(), key.public_key());
  EXPECT_EQ(again.pkcs8_der().view(), key.pkcs8_der().view());
  EXPECT_FALSE(PrivateKey::generate(GetParam()).public_key() == key.public_key());
}

TEST_P(EachKeyType, public_key_round_trip) {
  const PublicKey key = PrivateKey::generate(GetParam()).public_key();
  EXPECT_EQ(PublicKey::from_pem(key.spki_pem()), key);
  EXPECT_EQ(PublicKey::from_der(key.spki_der()), key);
  const auto read =
      run_tool({"openssl", "pkey", "-pubin", "-pubout", "-outform", "DER"}, key.spki_pem());
  EXPECT_EQ(read.status, 0) << read.err;
  EXPECT_EQ(read.out, key.spki_der());
}

TEST_P(EachKeyType, signature_verifies_and_no_other_does) {
  const PrivateKey key = PrivateKey::generate(GetParam());
  const PublicKey other = PrivateKey::generate(GetParam()).public_key();
  std::string signature = key.sign("message");
  EXPECT_TRUE(key.public_key().verify("message", signature));
  EXPECT_FALSE(key.public_key().verify("massage", signature));
  EXPECT_FALSE(key.public_key().verify("message", ""));
  EXPECT_FALSE(key.public_key().verify("message", signature + "x"));
  EXPECT_FALSE(other.verify("message", signature));
  signature.back() = static_cast<char>(signature.back() ^ 1);
  EXPECT_FALSE(key.public_key().verify("message", signature));
}

TEST_P(EachKeyType, openssl_verifies_the_signature) {
  const PrivateKey key = PrivateKey::generate(GetParam());
  const Scratch scratch;
  const auto message = scratch.file("message", "signed by us");
  const auto signature = scratch.file("signature", key.sign("signed by us"));
  const auto spki = scratch.file("spki.pem", key.public_key().spki_pem());
  std::vector<std::string> command{"openssl",  "pkeyutl", "-verify", "-pubin", "-inkey", spki,
                                   "-sigfile", signature, "-rawin",  "-in",    message};
  if (GetParam() != KeyType::ed25519) {
    command.insert(command.end(), {"-digest", GetParam() == KeyType::p384 ? "sha384" : "sha256"});
  }
  const auto result = run_tool(command);
  EXPECT_EQ(result.status, 0) << result.out << result.err;
}

TEST_P(EachKeyType, SL129_openssl_reads_what_it_can_read) {
  const PrivateKey key = PrivateKey::generate(GetParam());
  const std::string pem(key.pkcs8_pem().view());
  EXPECT_TRUE(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
  EXPECT_TRUE(pem.ends_with("\n-----END PRIVATE KEY-----\n"));
  for (std::size_t at = 0; at < pem.size();) {
    const std::size_t end = pem.find('\n', at);
    EXPECT_LE(end - at, 64U);
    at = end + 1;
  }
  // OpenSSL 3.0 does not read PKCS#8 version 2, in which Ed25519 keys have to be written (SL-131).
  if (GetParam() == KeyType::ed25519) return;
  const auto read = run_tool({"openssl", "pkey", "-check", "-outform", "DER"}, pem);
  EXPECT_EQ(read.status, 0) << read.err;
  EXPECT_THAT(read.err + read.out, HasSubstr("Key is valid"));
}

TEST(Key, SL126_names_are_case_sensitive) {
  EXPECT_FALSE(parse_key_type("p-256"));
  EXPECT_FALSE(parse_key_type("ed25519"));
  EXPECT_FALSE(parse_key_type("RSA-4096"));
  EXPECT_FALSE(parse_key_type(""));
  EXPECT_THROW(PrivateKey::generate(KeyType::rsa_other), diag::Error);
}

TEST(Key, SL131_ed25519_is_pkcs8_version_2_with_the_public_key) {
  // RFC 8032 §7.1 test 1.
  const std::string seed =
      unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").value();
  const PrivateKey key = PrivateKey::from_ed25519_seed(seed);
  const std::string raw = key.public_key().raw_ed25519();
  EXPECT_EQ(hex(raw), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(hex(key.pkcs8_der().view()),
            "3051020101300506032b657004220420" + hex(seed) + "812100" + hex(raw));
  EXPECT_EQ(key.ed25519_seed().view(), seed);
  EXPECT_EQ(
      hex(key.sign("")),
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
      "b46bd25bf5f0595bbe24655141438e7a100b");
  const auto parsed = run_tool({"openssl", "asn1parse", "-inform", "DER"}, key.pkcs8_der().view());
  EXPECT_EQ(parsed.status, 0) << parsed.err;
  EXPECT_THAT(parsed.out, HasSubstr("INTEGER           :01"));
}

TEST(Key, SL131_reads_version_1_and_2) {
  const std::string v1 = openssl_made({"openssl", "genpkey", "-algorithm", "ed25519"});
  const PrivateKey key = PrivateKey::from_pem(v1);
  EXPECT_EQ(key.type(), KeyType::ed25519);
  const std::string seed(key.ed25519_seed().view());
  const std::string raw = key.public_key().raw_ed25519();
  const std::string head = unhex("020101300506032b657004220420").value() + seed;
  const auto sequence = [](const std::string& body) {
    return std::string("\x30") + static_cast<char>(body.size()) + body;
  };
  // RFC 5958: [1] IMPLICIT; older Rust libraries: [1] EXPLICIT; without it; with attributes.
  for (const std::string& tail : {unhex("812100").value() + raw, unhex("a123032100").value() + raw,
                                  std::string(), unhex("a000812100").value() + raw}) {
    EXPECT_EQ(PrivateKey::from_der(sequence(head + tail)).public_key(), key.public_key())
        << hex(tail);
  }
  EXPECT_THAT(refusal([&] {
                return PrivateKey::from_der(
                    sequence(head + unhex("812100").value() + std::string(32, 'x')));
              }),
              HasSubstr("does not belong"));
  EXPECT_NE(refusal([&] { return PrivateKey::from_der(sequence(head + "\x81\x01\x01")); }), "");
  EXPECT_NE(refusal([&] { return PrivateKey::from_der(sequence(head + "junk")); }), "");
}

TEST(Key, SL128_reads_pkcs8_of_openssl) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"},
           {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"},
           {"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"},
           {"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"}}) {
    std::vector<std::string> command{"openssl", "genpkey"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const std::string pem = openssl_made(command);
    EXPECT_EQ(PrivateKey::from_pem(pem).pkcs8_pem().view(), pem);
    std::string crlf;
    for (const char c : pem) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    EXPECT_EQ(PrivateKey::from_pem("text before\n" + crlf).pkcs8_pem().view(), pem);
  }
}

TEST(Key, CL031_public_keys_are_written_as_openssl_writes_them) {
  for (const std::string how :
       {"EC -pkeyopt ec_paramgen_curve:P-256", "EC -pkeyopt ec_paramgen_curve:P-384",
        "EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit", "ed25519",
        "RSA -pkeyopt rsa_keygen_bits:2048"}) {
    std::vector<std::string> command{"openssl", "genpkey", "-algorithm"};
    std::istringstream words(how);
    for (std::string word; words >> word;) command.push_back(word);
    const std::string pem = openssl_made(command);
    EXPECT_EQ(PrivateKey::from_pem(pem).public_key().spki_pem(),
              run_tool({"openssl", "pkey", "-pubout"}, pem).out)
        << how;
  }
}

TEST(Key, SL128_points_stay_in_their_form) {
  const std::string pem = openssl_made(
      {"openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"});
  const auto compressed = run_tool({"openssl", "pkey", "-ec_conv_form", "compressed"}, pem);
  ASSERT_EQ(compressed.status, 0) << compressed.err;
  ASSERT_NE(compressed.out, pem);
  const auto key = PrivateKey::from_pem(compressed.out);
  EXPECT_EQ(key.pkcs8_pem().view(), compressed.out);
  EXPECT_EQ(key.public_key(), PrivateKey::from_pem(pem).public_key());
  EXPECT_EQ(key.public_key().spki_pem(),
            run_tool({"openssl", "pkey", "-pubout"}, compressed.out).out);
}

TEST(Key, SL128_keys_without_their_public_part_are_read) {
  const std::string pem = openssl_made(
      {"openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"});
  const auto bare = run_tool({"openssl", "ec", "-no_public", "-outform", "DER"}, pem);
  ASSERT_EQ(bare.status, 0) << bare.err;
  const auto pkcs8 =
      run_tool({"openssl", "pkcs8", "-topk8", "-nocrypt", "-inform", "DER"}, bare.out);
  ASSERT_EQ(pkcs8.status, 0) << pkcs8.err;
  EXPECT_EQ(PrivateKey::from_pem(pkcs8.out).public_key(), PrivateKey::from_pem(pem).public_key());
}

TEST(Key, SL128_sec1_and_pkcs1_and_encrypted_keys_get_a_hint) {
  const std::string sec1 = openssl_made({"openssl", "ecparam", "-genkey", "-name", "prime256v1"});
  EXPECT_THAT(refusal([&] { return PrivateKey::from_pem(sec1); }),
              AllOf(HasSubstr("SEC1"), HasSubstr("openssl pkcs8 -topk8 -nocrypt")));
  const std::string pkcs1 = openssl_made({"openssl", "genrsa", "-traditional", "2048"});
  EXPECT_THAT(refusal([&] { return PrivateKey::from_pem(pkcs1); }),
              AllOf(HasSubstr("PKCS#1"), HasSubstr("openssl pkcs8 -topk8 -nocrypt")));
  const std::string encrypted =
      openssl_made({"openssl", "genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:x"});
  EXPECT_THAT(refusal([&] { return PrivateKey::from_pem(encrypted); }), HasSubstr("encrypted"));
  EXPECT_THAT(
      refusal([&] {
        return PrivateKey::from_pem(PrivateKey::generate(KeyType::p256).public_key().spki_pem());
      }),
      HasSubstr("found 'PUBLIC KEY'"));
}

TEST(Key, SL128_other_types_are_refused) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"},
           {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"},
           {"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"},
           {"-algorithm", "ed448"},
           {"-algorithm", "X25519"}}) {
    std::vector<std::string> command{"openssl", "genpkey"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const std::string pem = openssl_made(command);
    EXPECT_THAT(refusal([&] { return PrivateKey::from_pem(pem); }), HasSubstr("not supported"));
  }
}

TEST(Key, SL128_a_key_that_does_not_fit_its_public_part_is_refused) {
  const Secret one = PrivateKey::generate(KeyType::p256).pkcs8_der();
  const Secret two = PrivateKey::generate(KeyType::p256).pkcs8_der();
  const std::string mixed =
      std::string(one.view().substr(0, 73)) + std::string(two.view().substr(73));
  ASSERT_EQ(mixed.size(), one.size());
  const std::string pem =
      "-----BEGIN PRIVATE KEY-----\n" + base64(mixed) + "\n-----END PRIVATE KEY-----\n";
  EXPECT_THAT(refusal([&] { return PrivateKey::from_pem(pem); }), HasSubstr("does not belong"));
}

TEST(Key, hostile_input_is_refused_and_never_shown) {
  const std::string pem(PrivateKey::generate(KeyType::p256).pkcs8_pem().view());
  const Secret der = PrivateKey::generate(KeyType::rsa2048).pkcs8_der();
  for (std::size_t size = 0; size < der.size(); size += 7) {
    EXPECT_NE(refusal([&] { return PrivateKey::from_der(der.view().substr(0, size)); }), "");
  }
  EXPECT_NE(refusal([&] { return PrivateKey::from_der(std::string(der.view()) + "x"); }), "");
  const std::string begin = "-----BEGIN PRIVATE KEY-----";
  const std::string end = "-----END PRIVATE KEY-----\n";
  const std::pair<std::string, const char*> refused[] = {
      {"", "found none"},
      {begin, "has no END line"},
      {pem.substr(0, pem.size() - 10), "has no END line"},
      {begin + "\n" + end, "not a private key"},
      {begin + "\nsecret!!\n" + end, "not valid base64"},
      {"-----BEGIN " + std::string(100'000, 'A') + "-----", "no proper BEGIN line"}};
  for (const auto& [bad, why] : refused) {
    const std::string text = refusal([&text = bad] { return PrivateKey::from_pem(text); });
    EXPECT_LT(text.size(), 300U);
    EXPECT_THAT(text, test::HasButNot(why, "secret!!"));
  }
}

TEST(Key, public_keys_of_others_are_read) {
  const std::string rsa4096 =
      openssl_made({"openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"});
  const auto spki = run_tool({"openssl", "pkey", "-pubout"}, rsa4096);
  const PublicKey key = PublicKey::from_pem(spki.out);
  EXPECT_EQ(key.type(), KeyType::rsa_other);
  EXPECT_EQ(key.bits(), 4096);
  EXPECT_EQ(key.spki_pem(), spki.out);
  EXPECT_THROW(static_cast<void>(key.raw_ed25519()), diag::Error);
}

TEST(Key, public_key_from_a_point_and_from_rsa_numbers) {
  // The P-256 base point.
  const std::string x = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
  const std::string y = "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
  EXPECT_EQ(PublicKey::from_point(unhex(x + y).value()).type(), KeyType::p256);
  EXPECT_NE(refusal([&] { return PublicKey::from_point(unhex(y + x).value()); }), "");
  EXPECT_NE(refusal([&] { return PublicKey::from_point("short"); }), "");
  std::string n(256, '\xff');
  const PublicKey rsa = PublicKey::from_rsa(n, std::string("\x01\x00\x01", 3));
  EXPECT_EQ(rsa.type(), KeyType::rsa2048);
  EXPECT_NE(refusal([&] { return PublicKey::from_rsa("", "\x03"); }), "");
  EXPECT_NE(refusal([&] { return PublicKey::from_rsa(std::string(5000, 'x'), "\x03"); }), "");
}

TEST(Key, SL169_raw_ecdsa_is_r_and_s_of_fixed_width) {
  const PrivateKey key = PrivateKey::generate(KeyType::p384);
  for (int i = 0; i < 100; ++i) {  // sometimes r or s is shorter than 48 bytes
    const std::string raw = key.sign_raw_ecdsa("message");
    EXPECT_EQ(raw.size(), 96U);
    EXPECT_TRUE(key.public_key().verify_raw_ecdsa("message", raw));
  }
  const std::string raw = PrivateKey::generate(KeyType::p256).sign_raw_ecdsa("message");
  EXPECT_EQ(raw.size(), 64U);
  EXPECT_FALSE(key.public_key().verify_raw_ecdsa("message", raw));
  EXPECT_FALSE(key.public_key().verify_raw_ecdsa("message", ""));
  EXPECT_FALSE(key.public_key().verify_raw_ecdsa("message", std::string(96, '\0')));
  EXPECT_THROW(static_cast<void>(PrivateKey::generate(KeyType::ed25519).sign_raw_ecdsa("x")),
               diag::Error);
}

TEST(Key, one_key_serves_many_threads) {
  const PrivateKey key = PrivateKey::generate(KeyType::p256);
  std::vector<std::thread> threads;
  std::atomic<int> verified{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&key, &verified] {
      for (int i = 0; i < 50; ++i) {
        const std::string message = std::to_string(i);
        if (key.public_key().verify(message, key.sign(message))) ++verified;
        static_cast<void>(key.pkcs8_der());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(verified, 200);
}

TEST(AnyPem, keys_of_openssl_are_read_in_each_form_and_the_passphrase_is_asked_only_when_needed) {
  const Scratch scratch;
  const std::string plain = scratch.path() + "/plain";
  openssl_made({"openssl", "genrsa", "-out", plain, "2048"});
  const auto nobody = []() -> Secret { throw std::logic_error("nobody is to be asked"); };
  const auto word = [](const char* text) { return [text] { return Secret(text); }; };
  const PublicKey key = PrivateKey::from_any_pem(scratch.read("plain"), nobody).public_key();
  const std::string old = openssl_made({"openssl", "rsa", "-in", plain, "-traditional"});
  ASSERT_THAT(old, HasSubstr("BEGIN RSA PRIVATE KEY"));
  EXPECT_EQ(PrivateKey::from_any_pem(old, nobody).public_key(), key);

  const std::string new_secret =
      openssl_made({"openssl", "pkcs8", "-topk8", "-in", plain, "-passout", "pass:open sesame"});
  const std::string old_secret = openssl_made(
      {"openssl", "rsa", "-in", plain, "-traditional", "-aes256", "-passout", "pass:open sesame"});
  for (const std::string& pem : {new_secret, old_secret}) {
    EXPECT_EQ(PrivateKey::from_any_pem(pem, word("open sesame")).public_key(), key);
    EXPECT_THAT(refusal([&] { return PrivateKey::from_any_pem(pem, word("wrong")); }),
                HasSubstr("passphrase"));
    EXPECT_THAT(refusal([&] { return PrivateKey::from_any_pem(pem, word("")); }),
                HasSubstr("passphrase"));
    EXPECT_THROW(static_cast<void>(PrivateKey::from_any_pem(pem, nobody)), std::logic_error);
  }
  EXPECT_THAT(refusal([&] { return PrivateKey::from_any_pem("nothing", nobody); }),
              HasSubstr("not a private key"));
}

}  // namespace
}  // namespace sconectl::crypto
