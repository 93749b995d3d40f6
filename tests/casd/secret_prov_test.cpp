// Gramine's secret_prov on real sockets; openssl is the enclave's TLS.
#include <fmt/chrono.h>
#include <gmock/gmock.h>

#include "attest/fake_platform.hpp"
#include "casd/server_fixture.hpp"
#include "sconectl/collateral/bundle.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

using crypto::KeyType;
using testing::HasSubstr;
using Form = FakePlatform::RaTls;

struct SecretProv : ServerTest {
  SecretProv() {
    platform.from =
        std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now()) -
        std::chrono::days{1};
    platform.until = platform.from + std::chrono::days{30};
    files->replace_tree(at + "/bundle", collateral::bundle_tree(platform.collateral()));
    options.collateral = "file:" + at + "/bundle";
    options.evidence_test_root = platform.root();
    options.names = {"ra.example.com"};
    options.secret_prov = {"127.0.0.1:0=app/enclave:wrap_key"};
    write_client("owner", owner);
  }
  void serve(const std::string& security = "") {
    start();
    files->write(at + "/session.yaml",
                 "version: \"0.3.12\"\nname: app\nservices:\n  - name: enclave\n"
                 "    attestation: [{mrenclave: " +
                     crypto::hex(platform.mr_enclave) + "}]\n" + security +
                     "secrets:\n  - {name: wrap_key, kind: ascii, value: \"0123456789\"}\n"
                     "  - {name: key128, kind: binary, value: "
                     "\"000102030405060708090a0b0c0d0e0f\"}\n");
    EXPECT_THAT(
        curl(with("owner") + "-k --data-binary @" + at + "/session.yaml " + url("/session")),
        HasSubstr("hash"));
  }
  void write_enclave(KeyType type = KeyType::p384, Form form = Form::dice) {
    const auto key = crypto::PrivateKey::generate(type);
    files->write(at + "/enclave.key", key.pkcs8_pem().view());
    files->write(at + "/enclave.crt", platform.ra_tls(key, form).pem());
  }
  /// All that the server sends to a client that shows enclave.crt.
  std::string asked(const std::string& more = "", const std::string& request = question) {
    files->write(at + "/request", request);
    files->write(at + "/reply", "");
    (void)shell("(timeout 10 openssl s_client -quiet -verify_return_error -CAfile " + at +
                "/chain.pem -verify_hostname ra.example.com -connect " +
                server->secret_prov_addresses().at(0) + " -cert " + at + "/enclave.crt -key " + at +
                "/enclave.key " + more + " < " + at + "/request 2>" + at + "/s_client > " + at +
                "/reply)");
    return files->read(at + "/reply");
  }
  static std::string reply(const std::string& secret) {
    return std::string("SECRET_PROVISION_RA_TLS_RESPONSE_V1:\0\0\0\0", 40) +
           static_cast<char>(secret.size()) + secret;
  }

  static const std::string question;
  FakePlatform platform;
  Client owner{"owner"};
};
const std::string SecretProv::question("SECRET_PROVISION_RA_TLS_REQUEST_V1\0", 35);

TEST_F(SecretProv, EV032_every_form_of_certificate_and_key_over_both_versions_of_tls) {
  serve();
  const std::string wanted = reply(std::string("0123456789\0", 11));
  for (const auto type : {KeyType::p384, KeyType::p256, KeyType::rsa3072})
    for (const auto form : {Form::gramine, Form::gramine_as_meant, Form::dice})
      for (const char* version : {"-tls1_2", "-tls1_3"}) {
        write_enclave(type, form);
        EXPECT_EQ(asked(version), wanted) << key_type_name(type) << version << log();
      }
  EXPECT_THAT(log(),
              HasButNot("secret provided service=app/enclave secret=wrap_key", "0123456789"));
}

TEST_F(SecretProv, XA019_another_enclave_gets_nothing) {
  serve();
  platform.mr_enclave = std::string(32, '\x01');
  write_enclave();
  EXPECT_EQ(asked(), "");
  EXPECT_THAT(log(), HasSubstr("attestation[0]: its mrenclave is 0101"));
}

TEST_F(SecretProv, EV032_a_quote_about_another_key_is_refused) {
  serve();
  for (const auto form : {Form::gramine, Form::dice}) {
    write_enclave(KeyType::p384, form);
    // The quote of the enclave, around the key of a thief.
    const auto stolen = crypto::Certificate::from_pem(files->read(at + "/enclave.crt"));
    const auto key = crypto::PrivateKey::generate(KeyType::p384);
    files->write(at + "/enclave.key", key.pkcs8_pem().view());
    files->write(at + "/enclave.crt", platform.with_extensions_of(stolen, key).pem());
    EXPECT_EQ(asked(), "");
  }
  EXPECT_THAT(log(), HasSubstr("the evidence is about something else"));
  EXPECT_THAT(log(), HasSubstr("its claims are about another key"));
}

TEST_F(SecretProv, what_is_no_question_gets_no_answer) {
  options.limits.timeout = std::chrono::milliseconds(500);
  serve();
  write_enclave();
  auto other = question;
  other[33] = '2';
  EXPECT_EQ(asked("", other), "");
  EXPECT_EQ(asked("", "SECRET"), "");
  EXPECT_THAT(log(), HasSubstr("the request is not one of secret_prov"));
  files->write(at + "/enclave.crt", owner.certificate.pem());
  files->write(at + "/enclave.key", owner.key.pkcs8_pem().view());
  EXPECT_EQ(asked(), "");
  EXPECT_THAT(log(), HasSubstr("it holds no quote"));
}

TEST_F(SecretProv, names_of_the_server_have_secrets_of_their_own) {
  options.secret_prov = {"127.0.0.1:0=app/enclave:wrap_key",
                         "127.0.0.1:0/Key.Example.com=app/enclave:key128"};
  serve();
  write_enclave();
  EXPECT_EQ(asked("-servername key.example.com"),
            reply(std::string("\0\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", 16)));
  EXPECT_EQ(asked("-servername other.example.com"), reply(std::string("0123456789\0", 11)));
  EXPECT_EQ(asked("-noservername"), reply(std::string("0123456789\0", 11)));
}

TEST_F(SecretProv, a_name_that_has_no_secret_is_in_the_log) {
  options.secret_prov = {"127.0.0.1:0/key.example.com=app/enclave:key128"};
  serve();
  write_enclave();
  EXPECT_EQ(asked("-servername other.example.com"), "");
  EXPECT_THAT(log(), HasSubstr("server_name=other.example.com reason=\"there is no secret for"));
}

TEST(SecretListeners, each_name_has_one_secret) {
  const auto files = host::system_files();
  const host::TemporaryDirectory directory(*files, "server-test-");
  casd::ServerOptions options;
  options.data = directory.path();
  options.log.file = directory.path() / "log";
  options.secret_prov = {"127.0.0.1:0/A.example=a/b:c", "127.0.0.1:0/a.example=a/b:d"};
  casd::Server server(options);
  EXPECT_THROW(server.start(), diag::Error);
}

TEST_F(SecretProv, SL304_a_session_without_attestation_asks_for_no_certificate) {
  serve("security:\n  attestation:\n    mode: none\n");
  files->write(at + "/enclave.crt", owner.certificate.pem());
  files->write(at + "/enclave.key", owner.key.pkcs8_pem().view());
  EXPECT_EQ(asked(), reply(std::string("0123456789\0", 11)));
}

TEST_F(SecretProv, SL312_what_a_certificate_can_not_carry_is_refused) {
  serve(
      "security:\n  attestation:\n    mode: hardware\n  service_access_token: \"s3cret token\"\n");
  write_enclave();
  EXPECT_EQ(asked(), "");
  EXPECT_THAT(log(),
              HasSubstr("demands a service access token, which this protocol can not carry"));
}

TEST_F(SecretProv, who_says_nothing_is_let_go) {
  options.limits.timeout = std::chrono::milliseconds(300);
  serve();
  port = server->secret_prov_addresses().at(0).substr(std::string("127.0.0.1:").size());
  const int silent = connected();
  ASSERT_GE(silent, 0);
  char byte = 0;
  EXPECT_EQ(read(silent, &byte, 1), 0);  // waits for the server's end
  close(silent);
  write_enclave();
  EXPECT_EQ(asked(), reply(std::string("0123456789\0", 11)));
}

TEST(SecretListeners, settings_that_make_no_sense_show_the_form) {
  for (const char* text :
       {"", "127.0.0.1:4433", "=a/b:c", "127.0.0.1:4433=a/b", "127.0.0.1:4433=a:c",
        "127.0.0.1:4433/=a/b:c", "127.0.0.1:4433=a/b@123456:c", "127.0.0.1:4433=a/b:"}) {
    const auto files = host::system_files();
    const host::TemporaryDirectory directory(*files, "server-test-");
    casd::ServerOptions options;
    options.data = directory.path();
    options.log.file = directory.path() / "log";
    options.secret_prov = {text};
    casd::Server server(options);
    try {
      server.start();
      ADD_FAILURE() << text;
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), diag::ErrorKind::usage) << text;
      EXPECT_THAT(error.text(), HasSubstr("IP:PORT[/SERVER_NAME]=SESSION/SERVICE:SECRET"));
    }
  }
}

}  // namespace
}  // namespace sconectl::test
