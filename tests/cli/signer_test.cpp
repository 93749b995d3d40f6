#include <gmock/gmock.h>

#include "program.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/enclave/sigstruct.hpp"
#include "support/real_tool.hpp"

namespace sconectl::cli {
namespace {

using test::Program;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const crypto::PrivateKey& enclave_key() {
  static const auto key = crypto::PrivateKey::generate_for_enclaves();
  return key;
}

enclave::EnclaveStatement statement() {
  enclave::EnclaveStatement result;
  result.date = 0x20200229;
  result.mr_enclave = crypto::sha256("x");
  result.svn = 5;
  return result;
}

/// A machine with an unsigned SIGSTRUCT and the keys of its signer.
struct SigningProgram : Program {
  SigningProgram() {
    machine.files.put("/cwd/app.sig", enclave::unsigned_sigstruct(statement()));
    machine.files.put("/cwd/key.pem", std::string(enclave_key().pkcs8_pem().view()), 0600);
    machine.files.put("/cwd/public.pem", enclave_key().public_key().spki_pem());
  }
  [[nodiscard]] std::string result() const {
    return machine.files.read("/cwd/app.sig", host::Files::no_limit);
  }
};

const std::string& expected() {
  static const std::string bytes = enclave::signed_sigstruct(statement(), enclave_key());
  return bytes;
}

TEST(Signer, EV055_a_prepared_sigstruct_is_signed_with_a_key) {
  SigningProgram program;
  EXPECT_EQ(program.run({"signer", "sign", "/cwd/app.sig", "--key", "/cwd/key.pem"}), 0)
      << program.err;
  EXPECT_EQ(program.result(), expected());
  EXPECT_THAT(program.out, AllOf(HasSubstr("date: 2020-02-29"), HasSubstr("isv_svn: 5")));
}

TEST(Signer, EV055_the_command_gets_the_digest_on_its_input_and_nothing_secret_in_its_words) {
  const std::string signature = enclave_key().sign(enclave::signed_bytes(statement()));
  for (const std::string& form :
       {signature, crypto::base64(signature) + "\n", crypto::hex(signature)}) {
    SigningProgram program;
    program.machine.processes.expect({"vault", "sign it"},
                                     {.status = 0, .signal = 0, .out = form, .err = {}});
    EXPECT_EQ(program.run({"signer", "sign", "/cwd/app.sig", "--public-key", "/cwd/public.pem",
                           "--signing-command", "vault 'sign it'"}),
              0)
        << program.err;
    EXPECT_EQ(program.result(), expected());
    EXPECT_EQ(
        program.machine.processes.ran().front().input,
        crypto::base64(crypto::view(crypto::sha256(enclave::signed_bytes(statement())))) + "\n");
  }
}

TEST(Signer, EV055_a_command_that_fails_or_answers_something_else_changes_no_file) {
  const host::Exit answers[] = {
      {.status = 3, .signal = 0, .out = {}, .err = {}},
      {.status = 0, .signal = 0, .out = "no signature", .err = {}},
      {.status = 0, .signal = 0, .out = std::string(384, 'x'), .err = {}}};
  for (const host::Exit& answer : answers) {
    SigningProgram program;
    program.machine.processes.expect({"vault"}, answer);
    EXPECT_NE(program.run({"signer", "sign", "/cwd/app.sig", "--public-key", "/cwd/public.pem",
                           "--signing-command", "vault"}),
              0);
    EXPECT_THAT(program.err, HasSubstr("sign"));
    EXPECT_EQ(program.result(), enclave::unsigned_sigstruct(statement()));
  }
}

TEST(Signer, CL018_a_passphrase_is_asked_on_the_terminal_and_shown_nowhere) {
  const std::string pem(enclave_key().pkcs8_pem().view());
  const auto encrypted =
      test::run_tool({"openssl", "pkcs8", "-topk8", "-passout", "pass:open sesame"}, pem).out;
  ASSERT_THAT(encrypted, HasSubstr("ENCRYPTED"));
  SigningProgram program;
  program.machine.files.put("/cwd/key.pem", encrypted, 0600);
  const std::vector<std::string> line = {"signer", "sign", "/cwd/app.sig", "--key", "/cwd/key.pem"};
  EXPECT_EQ(program.run(line), 4);
  EXPECT_THAT(program.err, HasSubstr("no terminal"));
  program.machine.environment.typed = "open barley";
  EXPECT_EQ(program.run(line), 3);
  EXPECT_THAT(program.err, AllOf(HasSubstr("passphrase"), Not(HasSubstr("barley"))));
  EXPECT_EQ(program.result(), enclave::unsigned_sigstruct(statement()));
  program.machine.environment.typed = "open sesame";
  EXPECT_EQ(program.run(line), 0) << program.err;
  EXPECT_THAT(program.machine.environment.asked, HasSubstr("Passphrase of '/cwd/key.pem'"));
  EXPECT_THAT(program.out, AllOf(HasSubstr("mr_enclave"), Not(HasSubstr("sesame"))));
  EXPECT_EQ(program.result(), expected());
}

TEST(Signer, EV055_nobody_or_two_to_sign_are_wrong_usage) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"--signature", "/cwd/s"},
      {"--signing-command", "x"},
      {"--key", "/cwd/key.pem", "--prepare"},
      {"--key", "/cwd/key.pem", "--signing-command", "x", "--public-key", "/cwd/public.pem"},
      {"--key", "/cwd/key.pem", "--date", "26-11-22"},
  };
  for (std::vector<std::string> words : wrong) {
    SigningProgram program;
    words.insert(words.begin(), {"signer", "sign", "/cwd/app.sig"});
    EXPECT_EQ(program.run(words), 2) << testing::PrintToString(words);
    EXPECT_EQ(program.machine.files.writes(), 0);
  }
}

TEST(Signer, EV050_info_tells_a_signed_one_from_one_that_is_not) {
  SigningProgram program;
  EXPECT_EQ(program.run({"signer", "info", "/cwd/app.sig"}), 1);
  EXPECT_THAT(program.out, AllOf(HasSubstr("signed: false"), HasSubstr("mr_signer: -")));
  program.machine.files.put("/cwd/app.sig", expected());
  EXPECT_EQ(program.run({"signer", "info", "/cwd/app.sig"}), 0);
  EXPECT_THAT(program.out, AllOf(HasSubstr("signature_valid: true"),
                                 HasSubstr("attribute_flags_names: MODE64BIT")));
}

}  // namespace
}  // namespace sconectl::cli
