// The `session`, `cas` and `self` commands as a user types them, with a CAS in the same process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "program.hpp"
#include "sconectl/cas/client.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/host/files.hpp"
#include "support/loopback_http.hpp"

namespace sconectl::cli {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

class WithCas : public testing::Test {
 protected:
  WithCas() { program.machine.files.put("s.yaml", session("demo")); }

  static std::string session(const std::string& name, const std::string& more = "") {
    return "name: " + name + "\nversion: \"0.3.10\"\n" + more;
  }
  int run(std::vector<std::string> arguments) { return program.run(std::move(arguments)); }
  void attest() { ASSERT_EQ(run({"cas", "attest", "cas", "-c", service.key_hash()}), 0) << err(); }
  /// Uploads s.yaml; its hash.
  std::string created() {
    EXPECT_EQ(run({"session", "create", "s.yaml"}), 0) << err();
    return program.out.substr(0, program.out.find('\n'));
  }
  [[nodiscard]] const std::string& out() const { return program.out; }
  [[nodiscard]] const std::string& err() const { return program.err; }

  std::unique_ptr<host::Files> disk = host::system_files();
  host::TemporaryDirectory directory{*disk, "cli-test-"};
  test::FixedClock cas_clock;
  casd::Service service{{.data = directory.path() / "data"}, cas_clock};
  test::LoopbackHttp http{service};
  test::Program program{http};
};

TEST_F(WithCas, CL014_without_a_default_cas_it_is_an_error_that_says_what_to_do) {
  EXPECT_EQ(run({"session", "create", "s.yaml"}), 4);
  EXPECT_THAT(err(), HasSubstr("cas attest"));
  EXPECT_EQ(run({"session", "create", "s.yaml", "--cas", "cas"}), 1);
  EXPECT_THAT(http.requests, testing::IsEmpty());
}

TEST_F(WithCas, attest_remembers_the_cas_and_refuses_another_key) {
  EXPECT_EQ(
      run({"cas", "attest", "cas", "-c", "46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt"}), 1);
  EXPECT_THAT(err(), HasSubstr("Error during attestation of CAS"));
  EXPECT_FALSE(program.machine.files.exists("/home/user/.cas/config.json"));
  attest();
  EXPECT_THAT(out(), AllOf(HasSubstr("CAS cas at https://cas:8081/ is trustworthy"),
                           HasSubstr("Version of attested CAS: ")));
  EXPECT_EQ(program.machine.files.status("/home/user/.cas/config.json")->mode, 0600U);
  EXPECT_EQ(run({"cas", "list"}), 0);
  EXPECT_EQ(out(), "* cas: https://cas:8081/\n");
  EXPECT_EQ(run({"cas", "show-identification", "--cas-key-hash"}), 0);
  EXPECT_EQ(out(), service.key_hash() + "\n");
  EXPECT_EQ(run({"cas", "set-default", "other"}), 1);
}

TEST_F(WithCas, a_session_is_created_read_listed_and_verified) {
  attest();
  const std::string hash = created();
  EXPECT_THAT(hash, MatchesRegex("[0-9a-f]{64}"));
  EXPECT_EQ(run({"session", "read", "demo"}), 0);
  EXPECT_THAT(out(), HasSubstr("name: demo\n"));
  EXPECT_EQ(run({"session", "list", "/", "--json"}), 0) << err();
  EXPECT_EQ(json::parse(out()).at("sessions"), json::array({"demo"}));
  EXPECT_EQ(run({"session", "verify", "s.yaml"}), 0) << err();
  EXPECT_EQ(out(), hash + "\n");
  EXPECT_EQ(run({"session", "read", "demo", "--session-hash", hash, "--json"}), 0);
  EXPECT_THAT(json::parse(out()).at("session").get<std::string>(), HasSubstr("name: demo\n"));
}

TEST_F(WithCas, CL006_what_does_not_exist_has_status_2) {
  attest();
  EXPECT_EQ(run({"session", "read", "nothing"}), 2);
  EXPECT_EQ(out(), "");
  EXPECT_NE(err(), "");
  EXPECT_EQ(run({"session", "list", "nothing"}), 2);
  EXPECT_EQ(run({"session", "read", "nothing", "--json"}), 2);
  EXPECT_EQ(json::parse(err()).at("kind"), "not_found");
}

TEST_F(WithCas, RA089_leases_are_listed_and_revoked_by_the_owner) {
  attest();
  program.machine.files.put("s.yaml", session("demo",
                                              "services: [{name: py, command: x, image_name: i}]\n"
                                              "images: [{name: i, injection_files: [/t]}]\n"
                                              "security: {attestation: {mode: none}}\n"));
  (void)created();
  const auto pair = crypto::generate_x25519();
  cas::Peer peer;
  peer.address = cas::parse_address("cas:18765");
  peer.trust = cas::TrustAny{};
  cas::Client as_service(http, cas_clock, peer);
  cas::ConfigRequest asked;
  asked.config_id = "demo/py";
  asked.nonce = as_service.service_challenge().nonce;
  asked.public_key = pair.public_key;
  (void)as_service.service_config(asked);

  EXPECT_EQ(run({"session", "list-leases", "demo"}), 0) << err();
  EXPECT_THAT(out(), MatchesRegex("[0-9a-f]+ py - 2024-01-02T03:04:05Z 2024-01-03T03:04:05Z\n"));
  EXPECT_EQ(run({"session", "list-leases", "demo", "--json"}), 0);
  const std::string id = json::parse(out()).at("leases").at(0).at("lease");
  EXPECT_EQ(run({"session", "revoke-leases", "demo", "--service", "py", "--lease", id}), 0)
      << err();
  EXPECT_EQ(out(), "1\n");
  EXPECT_EQ(run({"session", "list-leases", "demo"}), 0);
  EXPECT_EQ(out(), "");
  EXPECT_EQ(run({"session", "revoke-leases", "demo", "--json"}), 0);
  EXPECT_EQ(json::parse(out()).at("revoked"), 0);
  EXPECT_EQ(run({"session", "list-leases", "nothing"}), 1);
  // An empty variable of a script does not mean "all".
  EXPECT_EQ(run({"session", "revoke-leases", "demo", "--service", ""}), 2);
  EXPECT_EQ(run({"session", "revoke-leases", "demo", "--lease", ""}), 2);
  EXPECT_NE(err().find("--lease is empty"), std::string::npos) << err();
}

/// The same CAS, as it was before the extension.
class WithoutExtensions final : public host::Http {
 public:
  explicit WithoutExtensions(host::Http& cas) : cas_(cas) {}
  using host::Http::send;
  host::HttpResponse send(const host::HttpRequest& request, const host::Tls& tls) override {
    auto reply = cas_.send(request, tls);
    if (request.url.ends_with("/v1/version")) {
      auto answer = json::parse(reply.body);
      answer.erase("extensions");
      reply.body = answer.dump();
    }
    return reply;
  }

 private:
  host::Http& cas_;
};

TEST_F(WithCas, XA021_an_extension_goes_to_a_cas_that_knows_it_or_is_forced) {
  const std::string machine = session(
      "machine", "services:\n- name: web\n  command: x\n  attestation: {snp: {measurement: " +
                     std::string(96, 'a') + "}}\n");
  WithoutExtensions older(http);
  test::Program at_older(older);
  at_older.machine.files.put("s.yaml", machine);
  ASSERT_EQ(at_older.run({"cas", "attest", "cas", "-c", service.key_hash()}), 0);
  EXPECT_EQ(at_older.run({"session", "create", "s.yaml"}), 1);
  EXPECT_THAT(at_older.err, HasSubstr("uses extension tee/1"));
  EXPECT_EQ(at_older.run({"session", "verify", "s.yaml", "--force"}), 2);
  EXPECT_EQ(at_older.run({"session", "create", "s.yaml", "--force"}), 0) << at_older.err;
  attest();
  program.machine.files.put("s.yaml", session("known", machine.substr(machine.find("services"))));
  EXPECT_EQ(run({"session", "create", "s.yaml"}), 0) << err();
}

TEST_F(WithCas, CL069_update_fills_in_the_predecessor_and_create_does_not) {
  attest();
  const std::string first = created();
  program.machine.files.put("s.yaml", session("demo", "secrets: [{name: a, kind: ascii}]\n"));
  EXPECT_EQ(run({"session", "create", "s.yaml"}), 1);
  EXPECT_EQ(run({"session", "update", "s.yaml"}), 0) << err();
  EXPECT_NE(out(), first + "\n");
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t result = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++result;
  return result;
}

TEST_F(WithCas, SL349_each_warning_is_told_once_and_those_of_the_cas_alone_too) {
  attest();
  const std::string secrets =
      "secrets:\n  - {name: k, kind: private-key}\n"
      "  - {name: c, kind: x509, private_key: k, endpoint: server, common_name: a}\n";
  program.machine.files.put("s.yaml", session("demo", secrets));
  EXPECT_EQ(run({"session", "create", "s.yaml"}), 0) << err();
  EXPECT_EQ(occurrences(err(), "a server without 'san'"), 1U) << err();
  EXPECT_EQ(occurrences(err(), "s.yaml:5:5: warning"), 1U) << err();
  program.machine.files.put("s.yaml", session("demo", secrets + "  - {name: n, kind: ascii}\n"));
  EXPECT_EQ(run({"session", "update", "s.yaml"}), 0) << err();
  EXPECT_EQ(occurrences(err(), "a server without 'san'"), 1U) << err();
  EXPECT_EQ(occurrences(err(), "secret 'k': this update replaces its private key"), 1U) << err();
}

TEST_F(WithCas, SL337_the_documented_update_works) {
  attest();
  const std::string hash = created();
  EXPECT_EQ(run({"session", "read", "demo", "--json"}), 0);
  std::string text = json::parse(out()).at("session");
  std::string edited;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("predecessor:")) line = "predecessor: " + hash;
    if (line.starts_with("creator:")) line = "creator:";
    edited += line + "\n";
  }
  EXPECT_EQ(occurrences(text, "\ncreator: "), 1U) << text;
  program.machine.files.put("new.yaml", edited);
  EXPECT_EQ(run({"session", "create", "new.yaml"}), 0) << err();
}

TEST_F(WithCas, words_that_are_too_many_are_named_in_their_order) {
  EXPECT_EQ(run({"session", "check", "s.yaml", "b", "a"}), 2);
  EXPECT_THAT(err(), HasSubstr("The following arguments were not expected: b a (see"));
  EXPECT_EQ(run({"session", "check", "s.yaml", "b"}), 2);
  EXPECT_THAT(err(), HasSubstr("The following argument was not expected: b (see"));
}

TEST_F(WithCas, verify_shows_the_lines_that_differ_and_no_value) {
  attest();
  (void)created();
  program.machine.files.put("s.yaml",
                            session("demo", "secrets: [{name: a, kind: ascii, value: hunter2}]\n"));
  EXPECT_EQ(run({"session", "verify", "s.yaml"}), 1);
  EXPECT_THAT(err(), AllOf(HasSubstr("name: a"), Not(HasSubstr("hunter2"))));
}

TEST_F(WithCas, a_signed_session_can_be_uploaded_by_anybody) {
  attest();
  program.machine.files.put("s.yaml", session("demo", "access_policy: {read: ANY}\n"));
  ASSERT_EQ(run({"session", "sign", "s.yaml"}), 0) << err();
  program.machine.files.put("signed.json", out());
  EXPECT_EQ(run({"session", "create", "signed.json"}), 0) << err();
  EXPECT_EQ(run({"session", "create", "signed.json", "-n", "other"}), 2);
}

TEST_F(WithCas, an_encrypted_session_is_for_this_cas_alone) {
  attest();
  program.machine.files.put("s.yaml", session("demo", "access_policy: {read: ANY}\n"));
  ASSERT_EQ(run({"session", "encrypt", "s.yaml"}), 0) << err();
  EXPECT_THAT(out(), AllOf(HasSubstr("encrypted_session"), Not(HasSubstr("access_policy"))));
  program.machine.files.put("encrypted.json", out());
  EXPECT_EQ(run({"session", "create", "encrypted.json"}), 0) << err();
  EXPECT_EQ(run({"session", "check", "encrypted.json"}), 2);
}

TEST(SessionOffline, check_prints_the_session_and_all_mistakes) {
  test::Program program;
  program.machine.files.put("s.yaml", "name: demo\nversion: \"0.3.10\"\n");
  EXPECT_EQ(program.run({"session", "check", "s.yaml"}), 0) << program.err;
  EXPECT_THAT(program.out, HasSubstr("name: demo\n"));
  program.machine.files.put("s.yaml", "nane: demo\nversion: \"9\"\nservices: 1\n");
  EXPECT_EQ(program.run({"session", "check", "s.yaml"}), 3);
  EXPECT_THAT(program.err,
              AllOf(HasSubstr("s.yaml:1:1: error:"), HasSubstr("s.yaml:3:11: error:")));
}

TEST(SessionOffline, CL064_a_hash_needs_the_creator_that_the_session_refers_to) {
  test::Program program;
  program.machine.files.put("s.yaml", "name: demo\nversion: \"0.3.10\"\n");
  EXPECT_EQ(program.run({"session", "calculate-hash", "s.yaml"}), 3);
  EXPECT_THAT(program.err, HasSubstr("--with-self-as-creator"));
  EXPECT_EQ(program.run({"session", "calculate-hash", "s.yaml", "--with-self-as-creator", "tls"}),
            0)
      << program.err;
  EXPECT_THAT(program.out, MatchesRegex("[0-9a-f]{64}\n"));
}

TEST(SessionOffline, variables_come_from_e_and_from_the_environment_when_that_is_wanted) {
  test::Program program;
  program.machine.files.put("s.yaml", "name: $NAME\nversion: \"0.3.10\"\n");
  program.machine.environment.variables["NAME"] = "from-environment";
  EXPECT_EQ(program.run({"session", "check", "s.yaml"}), 3);
  EXPECT_THAT(program.err, HasSubstr("NAME"));
  EXPECT_EQ(program.run({"session", "check", "s.yaml", "--use-env"}), 0);
  EXPECT_THAT(program.out, HasSubstr("name: from-environment\n"));
  EXPECT_EQ(program.run({"session", "check", "s.yaml", "--use-env", "-e", "NAME=given"}), 0);
  EXPECT_THAT(program.out, HasSubstr("name: given\n"));
}

TEST(Self, CL019_the_identity_is_made_once_and_its_keys_are_never_printed) {
  test::Program program;
  ASSERT_EQ(program.run({"self", "show-key-hash"}), 0) << program.err;
  const std::string hash = program.out;
  EXPECT_EQ(program.run({"self", "show-key-hash"}), 0);
  EXPECT_EQ(program.out, hash);
  const std::pair<const char*, const char*> shown[] = {
      {"show", "BEGIN CERTIFICATE"},
      {"show-certificate", "BEGIN CERTIFICATE"},
      {"show-session-signing-key", "BEGIN PUBLIC KEY"}};
  for (const auto& [command, what] : shown) {
    EXPECT_EQ(program.run({"self", command}), 0);
    EXPECT_THAT(program.out, AllOf(HasSubstr(what), Not(HasSubstr("PRIVATE"))));
  }
}

TEST(Self, a_certificate_that_is_none_is_refused_with_its_name) {
  test::Program program;
  program.machine.files.put("bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n");
  EXPECT_NE(program.run({"cert", "show-key-hash", "bad.pem"}), 0);
  EXPECT_THAT(program.err, HasSubstr("bad.pem"));
  ASSERT_EQ(program.run({"self", "show-certificate"}), 0);
  program.machine.files.put("own.pem", program.out);
  ASSERT_EQ(program.run({"self", "show-key-hash"}), 0);
  const std::string hash = program.out;
  EXPECT_EQ(program.run({"cert", "show-key-hash", "own.pem"}), 0);
  EXPECT_EQ(program.out, hash);
}

TEST(CasCommands, retries_that_are_no_number_are_wrong_usage) {
  test::Program program;
  program.machine.environment.variables["SCONE_CLI_RETRIES"] = "many";
  EXPECT_EQ(program.run({"cas", "attest", "cas"}), 2);
  EXPECT_THAT(program.err, HasSubstr("SCONE_CLI_RETRIES must be a number, not 'many'"));
  EXPECT_EQ(program.run({"cas", "attest", "http://cas"}), 2);
}

TEST(CasCommands, a_state_file_that_is_broken_is_named_and_kept) {
  test::Program program;
  program.machine.files.put("/home/user/.cas/config.json", "{\"identity\": 7");
  EXPECT_EQ(program.run({"cas", "list"}), 3);
  EXPECT_THAT(program.err, HasSubstr("/home/user/.cas/config.json"));
  EXPECT_EQ(program.machine.files.read("/home/user/.cas/config.json", 100), "{\"identity\": 7");
}

}  // namespace
}  // namespace sconectl::cli
