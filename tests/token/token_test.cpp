#include <gmock/gmock.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/token/hardware_key.hpp"
#include "support/matchers.hpp"
#include "support/scripted_processes.hpp"
#include "token/pkcs11_slots.hpp"

namespace sconectl::token {
namespace {

using diag::ErrorKind;
using ::testing::Contains;
using ::testing::HasSubstr;

/// Some point of the curve.
std::string a_point() {
  return crypto::p256_point(
      crypto::unhex("027f705a9d90338e7fd669c2b959631c9271d79ef7ed77ad59e2361d7e6c73db79").value());
}

std::string slots(const std::string& flags, const std::string& label = "cas") {
  return "Available slots:\nSlot 0 (0x2a): SoftHSM slot ID 0x2a\n  token label        : " + label +
         "\n  token manufacturer : SoftHSM project\n  token model        : SoftHSM v2\n"
         "  token flags        : " +
         flags +
         "\n  serial num         : 252dd7a1fef329b2\n"
         "Slot 1 (0x1): SoftHSM slot ID 0x1\n  token state:   uninitialized\n";
}
constexpr const char* good = "login required, rng, token initialized, PIN initialized";
constexpr const char* once_wrong = "login required, token initialized, user PIN count low";

class Hardware : public ::testing::Test {
 protected:
  void SetUp() override {
    files->write(directory.path() / "module.so", "", 0600);
    files->write(directory.path() / "pin", "1234-geheim\n", 0600);
  }
  [[nodiscard]] std::string uri(const std::string& more = "") const {
    return "pkcs11:token=cas;id=%01" + more +
           "?module-path=" + (directory.path() / "module.so").string() +
           "&pin-source=file:" + (directory.path() / "pin").string();
  }
  void token_is(const std::string& listed) {
    host::Exit exit;
    exit.out = listed;
    processes.always(
        {"pkcs11-tool", "--module", (directory.path() / "module.so").string(), "--list-slots"},
        exit);
  }
  void token_answers(const host::Exit& exit) {
    processes.always(
        {"pkcs11-tool", "--module", (directory.path() / "module.so").string(), "--slot", "0x2a"},
        exit);
  }
  [[nodiscard]] std::shared_ptr<const crypto::P256Key> key(const std::string& named) {
    return hardware_key(named, *files, processes);
  }
  template <typename Action>
  diag::Error fault(Action action) {
    try {
      action();
    } catch (const diag::Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return {ErrorKind::interrupted, ""};
  }
  [[nodiscard]] std::string all_words() const {
    std::string all;
    for (const auto& command : processes.ran())
      for (const auto& word : command.argv) all += word + " ";
    return all;
  }
  [[nodiscard]] int derivations() const {
    int count = 0;
    for (const auto& command : processes.ran())
      for (const auto& word : command.argv) count += word == "--derive" || word == "tpm2_ecdhzgen";
    return count;
  }

  std::unique_ptr<host::Files> files = host::system_files();
  host::TemporaryDirectory directory{*files};
  test::ScriptedProcesses processes;
};

TEST_F(Hardware, other_text_names_no_key) {
  EXPECT_EQ(key("AGE-SECRET-KEY-1AAA"), nullptr);
  EXPECT_EQ(key(""), nullptr);
  EXPECT_TRUE(processes.ran().empty());
}

TEST_F(Hardware, a_uri_says_all_that_is_needed_and_nothing_that_is_not_heeded) {
  const auto text = [&](const std::string& named) {
    return fault([&] { (void)key(named); }).text();
  };
  EXPECT_THAT(text("pkcs11:id=%01"), HasSubstr("'module-path'"));
  EXPECT_THAT(text("pkcs11:token=cas?module-path=/m.so"), HasSubstr("'id'"));
  EXPECT_THAT(text("pkcs11:id=%01?module-path=m.so"), HasSubstr("whole path"));
  EXPECT_THAT(text("pkcs11:id=%01;tokn=cas?module-path=/m.so"), HasSubstr("did you mean 'token'"));
  EXPECT_THAT(text("pkcs11:id=%01;id=%02?module-path=/m.so"), HasSubstr("twice"));
  EXPECT_THAT(text("pkcs11:id=%0?module-path=/m.so"), HasSubstr("has no value"));
  EXPECT_THAT(text("pkcs11:id=%01;object=a%00b?module-path=/m.so"), HasSubstr("has no value"));
  EXPECT_THAT(text("pkcs11:id=%01;type=cert?module-path=/m.so"), HasSubstr("'cert'"));
  EXPECT_THAT(text("pkcs11:id=%01?module-path=/m.so&pin-value=4711"),
              test::HasButNot("pin-source", "4711"));
  EXPECT_THAT(text("tpm2:"), HasSubstr("'handle'"));
  EXPECT_THAT(text("tpm2:handle=0x80000001"), HasSubstr("persistent"));
  EXPECT_THAT(text("tpm2:handle=0x81000001?pcrs=sha256:7&auth-source=/a"),
              HasSubstr("not with both"));
  EXPECT_TRUE(processes.ran().empty());
}

TEST_F(Hardware, a_pin_goes_from_its_file_to_the_token_and_nowhere_else) {
  token_is(slots(good));
  host::Exit exit;
  exit.data = std::string(32, 'x');
  token_answers(exit);
  std::string seen;
  processes.on_run = [&](const host::Command& command) {
    if (const auto pin = command.environment.find("SCONECTL_TOKEN_PIN");
        pin != command.environment.end())
      seen = pin->second;
  };
  const auto one = key(uri());
  EXPECT_EQ(one->agree(a_point()).view(), std::string(32, 'x'));
  EXPECT_EQ(seen, "1234-geheim");
  for (const auto& command : processes.ran()) EXPECT_TRUE(command.limit);
  EXPECT_THAT(all_words(), test::HasButNot("--derive", "geheim"));
  (void)one->agree(a_point());
  EXPECT_EQ(derivations(), 1);  // what it has answered is remembered
}

TEST_F(Hardware, a_wrong_pin_is_sent_once) {
  token_is(slots(good));
  host::Exit exit;
  exit.status = 1;
  exit.err = "Using slot 0\nerror: C_Login failed\nAborting.\n";
  token_answers(exit);
  processes.on_run = [&](const host::Command& command) {
    if (command.environment.contains("SCONECTL_TOKEN_PIN")) token_is(slots(once_wrong));
  };
  const auto one = key(uri());
  const auto refused = fault([&] { (void)one->agree(a_point()); });
  EXPECT_EQ(refused.kind(), ErrorKind::refused);
  EXPECT_THAT(refused.text(), HasSubstr("refused the PIN"));
  EXPECT_THAT(refused.causes(), Contains("error: C_Login failed"));
  EXPECT_EQ(fault([&] { (void)one->agree(a_point()); }).kind(), ErrorKind::refused);
  EXPECT_EQ(derivations(), 1);
  // Another start.
  const auto again = fault([&] { (void)key(uri())->agree(a_point()); });
  EXPECT_EQ(again.kind(), ErrorKind::refused);
  EXPECT_THAT(again.text(), HasSubstr("no PIN was sent"));
  EXPECT_EQ(derivations(), 1);
}

TEST_F(Hardware, what_is_not_there_is_named_before_a_pin_is_sent) {
  token_is(slots(good, "another"));
  auto absent = fault([&] { (void)key(uri())->agree(a_point()); });
  EXPECT_EQ(absent.kind(), ErrorKind::unavailable);
  EXPECT_THAT(absent.causes(), Contains(HasSubstr("'another'")));
  token_is(slots(good) + slots(good));
  EXPECT_THAT(fault([&] { (void)key(uri())->agree(a_point()); }).text(),
              HasSubstr("more than one"));
  token_is(slots(good));
  EXPECT_EQ(fault([&] { (void)key(uri(";serial=1"))->agree(a_point()); }).kind(),
            ErrorKind::unavailable);
  EXPECT_EQ(fault([&] { (void)key(uri(";slot-id=43"))->agree(a_point()); }).kind(),
            ErrorKind::unavailable);
  files->write(directory.path() / "open", "1234", 0644);
  EXPECT_THAT(fault([&] {
                (void)key("pkcs11:id=%01?module-path=" + (directory.path() / "module.so").string() +
                          "&pin-source=file:" + (directory.path() / "open").string())
                    ->agree(a_point());
              }).text(),
              HasSubstr("chmod 600"));
  EXPECT_THAT(fault([&] {
                (void)key("pkcs11:id=%01?module-path=" + (directory.path() / "module.so").string())
                    ->agree(a_point());
              }).text(),
              HasSubstr("wants a PIN"));
  EXPECT_THAT(
      fault([&] { (void)key("pkcs11:id=%01?module-path=/nowhere.so")->agree(a_point()); }).text(),
      HasSubstr("install the PKCS#11 module"));
  EXPECT_EQ(derivations(), 0);
}

TEST_F(Hardware, bytes_that_are_no_point_or_no_key_are_not_believed) {
  token_is(slots(good));
  host::Exit exit;
  exit.data = "short";
  token_answers(exit);
  EXPECT_EQ(fault([&] { (void)key(uri())->agree(a_point()); }).kind(), ErrorKind::failed);
  EXPECT_EQ(fault([&] { (void)key(uri())->public_point(); }).kind(), ErrorKind::invalid);
  exit.data = crypto::p256_der(a_point());
  token_answers(exit);
  EXPECT_EQ(key(uri(";slot-id=42;object=x"))->public_point(), a_point());
}

TEST_F(Hardware, slots_without_flags_are_not_used_blindly) {
  EXPECT_EQ(parse_slots(slots(good)).size(), 1U);
  EXPECT_TRUE(parse_slots("").empty());
  EXPECT_TRUE(parse_slots("Slot \n(:\nSlot 1 (0x1): x\n").empty());
  EXPECT_THROW((void)parse_slots("Slot 0 (0x1): x\n token label : cas\n"), diag::Error);
}

class Tpm : public Hardware {
 protected:
  void counter_is(const std::string& failures) {
    host::Exit exit;
    exit.out = "TPM2_PT_LOCKOUT_COUNTER: " + failures + "\nTPM2_PT_MAX_AUTH_FAIL: 0x3\n";
    processes.always({"tpm2_getcap"}, exit);
  }
  void tpm_answers(int status, const std::string& data) {
    host::Exit exit;
    exit.status = status;
    exit.data = data;
    processes.always({"tpm2_ecdhzgen"}, exit);
  }
  [[nodiscard]] std::string protected_uri() const {
    return "tpm2:handle=0x81000010?auth-source=file:" + (directory.path() / "pin").string();
  }
};

TEST_F(Tpm, answers_with_x_whatever_its_first_zeros) {
  const std::string x(31, 'x');
  tpm_answers(0,
              std::string("\0\x43\0\x1f", 4) + x + std::string("\0\x20", 2) + std::string(32, 'y'));
  EXPECT_EQ(key("tpm2:handle=0x81000010")->agree(a_point()).view(), std::string(1, '\0') + x);
  for (const auto* wrong : {"", "\x01", "\x01\x44\x01\x20short"}) {
    tpm_answers(0, wrong);
    EXPECT_EQ(fault([&] { (void)key("tpm2:handle=0x81000010")->agree(a_point()); }).kind(),
              ErrorKind::failed);
  }
}

TEST_F(Tpm, the_last_try_before_it_locks_is_left_to_people) {
  counter_is("0x2");
  tpm_answers(0, "");
  const auto kept = fault([&] { (void)key(protected_uri())->agree(a_point()); });
  EXPECT_EQ(kept.kind(), ErrorKind::refused);
  EXPECT_THAT(kept.text(), HasSubstr("no password was sent"));
  EXPECT_EQ(derivations(), 0);
  counter_is("nonsense");
  EXPECT_EQ(fault([&] { (void)key(protected_uri())->agree(a_point()); }).kind(),
            ErrorKind::unavailable);
  EXPECT_EQ(derivations(), 0);
}

TEST_F(Tpm, a_wrong_password_is_known_by_the_counter) {
  counter_is("0x0");
  tpm_answers(1, "");
  processes.on_run = [&](const host::Command& command) {
    if (command.argv[0] == "tpm2_ecdhzgen") counter_is("0x1");
  };
  const auto one = key(protected_uri());
  const auto wrong = fault([&] { (void)one->agree(a_point()); });
  EXPECT_EQ(wrong.kind(), ErrorKind::refused);
  EXPECT_THAT(wrong.text(), HasSubstr("refused the password"));
  EXPECT_THAT(all_words(), test::HasButNot("tpm2_ecdhzgen", "geheim"));
  EXPECT_EQ(fault([&] { (void)one->agree(a_point()); }).kind(), ErrorKind::refused);
  EXPECT_EQ(derivations(), 1);
}

TEST_F(Tpm, other_pcrs_are_a_refusal) {
  tpm_answers(1, "");
  EXPECT_THAT(
      fault([&] { (void)key("tpm2:handle=0x81000010?pcrs=sha256:7")->agree(a_point()); }).text(),
      HasSubstr("the state of the PCRs sha256:7"));
}

}  // namespace
}  // namespace sconectl::token
