// `cas provision`, `cas update-config`, and `cas serve --check-config`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "program.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/host/files.hpp"
#include "support/fixed_clock.hpp"
#include "support/loopback_http.hpp"

namespace sconectl::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class CasOwner : public testing::Test {
 protected:
  CasOwner() { write("owner.toml", "[api_identity]\ncommon_name = 'mine.example'\n"); }
  void write(const std::string& name, const std::string& text) {
    program.machine.files.put(name, text);
  }
  int provision(std::vector<std::string> more = {}) {
    std::vector<std::string> words = {
        "cas", "provision", "-c", service.key_hash(), "--config-file", "owner.toml", "cas.example"};
    if (more.empty()) more = {"--token", service.provisioning_token()};
    words.insert(words.end(), more.begin(), more.end());
    return program.run(words);
  }
  int update() { return program.run({"cas", "update-config", "--config-file", "owner.toml"}); }

  std::unique_ptr<host::Files> disk = host::system_files();
  host::TemporaryDirectory directory{*disk, "cas-owner-test-"};
  test::FixedClock cas_clock;
  casd::Service service{{.data = directory.path() / "data", .demand_owner = true}, cas_clock};
  test::LoopbackHttp http{service, "cas.example"};
  test::Program program{http};
};

TEST_F(CasOwner, CL090_CL107_provisions_and_remembers_the_cas) {
  ASSERT_EQ(provision(), 0) << program.err;
  EXPECT_EQ(
      program.out,
      "CAS cas.example at https://cas.example:8081/ is trustworthy\n"
      "Done, CAS configuration was successfully provisioned. You are now owner of the CAS.\n");
  EXPECT_THAT(program.err, HasSubstr("The ownership of the CAS is bound to the identity"));
  EXPECT_TRUE(service.serves());
  EXPECT_EQ(service.server_certificate().common_name(), "mine.example");
  ASSERT_EQ(program.run({"cas", "list"}), 0);
  EXPECT_EQ(program.out, "* cas.example: https://cas.example:8081/\n");
  EXPECT_EQ(provision({"--token", "00000000000000000000000000000000"}), 1);
  EXPECT_THAT(program.err, HasSubstr("provisioned already"));
}

TEST_F(CasOwner, CL091_the_owner_replaces_the_configuration) {
  ASSERT_EQ(provision(), 0) << program.err;
  write("owner.toml", "api_identity.common_name = 'other.example'\n");
  ASSERT_EQ(update(), 0) << program.err;
  EXPECT_EQ(program.out, "Done, CAS configuration was successfully updated.\n");
  EXPECT_EQ(service.server_certificate().common_name(), "other.example");
}

TEST_F(CasOwner, CC052_the_owner_has_keys_made_anew_and_keeps_them) {
  ASSERT_EQ(provision(), 0) << program.err;
  const std::string root = service.key_hash();
  EXPECT_EQ(program.run({"cas", "rotate-keys"}), 2);
  EXPECT_THAT(program.err, HasSubstr("one of --root, --software and --session-encryption"));
  EXPECT_EQ(service.key_hash(), root);
  ASSERT_EQ(program.run({"cas", "rotate-keys", "--root", "--session-encryption"}), 0)
      << program.err;
  EXPECT_NE(service.key_hash(), root);
  EXPECT_EQ(program.out, "CAS key hash is: " + service.key_hash() +
                             "\nCAS software key hash is: " + service.software_key_hash() +
                             "\nSession encryption key is: " + service.session_encryption_key() +
                             "\n");
  EXPECT_THAT(program.err, HasSubstr("Make a backup now"));
  ASSERT_EQ(program.run({"cas", "show-identification", "--cas-key-hash"}), 0) << program.err;
  EXPECT_EQ(program.out, service.key_hash() + "\n");
  ASSERT_EQ(program.run({"cas", "rotate-keys", "--software", "--json"}), 0) << program.err;
  EXPECT_EQ(nlohmann::json::parse(program.out)["cas_software_key_hash"],
            service.software_key_hash());
}

TEST_F(CasOwner, CC049_mistakes_of_the_file_are_told_at_their_places_and_nothing_is_sent) {
  write("owner.toml", "[api_identity]\ncommon_nmae = 'x'\ncountry_name = 'Germany'\n");
  ASSERT_EQ(provision(), 3);
  EXPECT_THAT(program.err,
              AllOf(HasSubstr("owner.toml:1:1: error: 'api_identity.common_name' is missing"),
                    HasSubstr("owner.toml:2:1: error: unknown key 'api_identity.common_nmae'"),
                    HasSubstr("did you mean 'common_name'?"),
                    HasSubstr("owner.toml:3:16: error: 'api_identity.country_name' must be")));
  EXPECT_TRUE(http.requests.empty());
}

TEST_F(CasOwner, CL090_another_key_than_the_named_one_gets_no_token) {
  const std::string other = "423mMhfvPpZYySR33qaKUfeR8WQo4jAM3nj1CEzNtw4PEvNeLF";
  for (const char* mode : {"with-attestation", "only_for_testing-without-attestation"}) {
    http.requests.clear();
    EXPECT_NE(program.run({"cas", "provision", "-c", other, "--config-file", "owner.toml",
                           "--token", service.provisioning_token(), "cas.example", mode}),
              0);
    EXPECT_EQ(std::count(http.requests.begin(), http.requests.end(), "POST /v1/provision"), 0)
        << mode;
  }
  EXPECT_FALSE(service.serves());
}

TEST_F(CasOwner, CL090_the_token_comes_from_the_command_line_or_from_a_file) {
  EXPECT_EQ(provision({"--retries", "0"}), 2);
  EXPECT_THAT(program.err, HasSubstr("one of --token and --token-file"));
  EXPECT_EQ(provision({"--token", "12"}), 2);
  EXPECT_THAT(program.err, HasSubstr("32 hex digits"));
  EXPECT_EQ(provision({"--token", "00000000000000000000000000000000"}), 1);
  EXPECT_THAT(program.err, HasSubstr("the provisioning token is wrong"));
  write("token", service.provisioning_token() + "\n");
  EXPECT_EQ(provision({"--token-file", "token", "only_for_testing-without-attestation"}), 0)
      << program.err;
}

TEST_F(CasOwner, CC060_the_key_of_the_database_is_not_taken) {
  EXPECT_NE(provision({"--token", service.provisioning_token(), "--database-key", "00"}), 0);
  EXPECT_THAT(program.err, HasSubstr("--database-key is not built in"));
  EXPECT_FALSE(service.serves());
}

TEST_F(CasOwner, CL105_a_cas_without_an_owner_is_not_trusted) {
  EXPECT_NE(program.run({"cas", "attest", "cas.example", "-c", service.key_hash()}), 0);
  EXPECT_THAT(program.err, HasSubstr("provisioned"));
  ASSERT_EQ(provision(), 0) << program.err;
  EXPECT_EQ(program.run({"cas", "attest", "cas.example", "-c", service.key_hash()}), 0);
}

TEST_F(CasOwner, CC011_check_config_says_all_mistakes_and_serves_nothing) {
  write("cas.toml", "[database]\npath = 'data/cas.db'\n[api]\napi_listn = 'x'\n[log]\nfiles = 0\n");
  EXPECT_EQ(program.run({"cas", "serve", "--config", "cas.toml", "--check-config"}), 3);
  EXPECT_THAT(program.err, AllOf(HasSubstr("cas.toml:4:1: error: unknown key 'api.api_listn'"),
                                 HasSubstr("cas.toml:6:9: error: 'log.files' must be")));
  write("cas.toml", "[database]\npath = 'data/cas.db'\n");
  EXPECT_EQ(program.run({"cas", "serve", "-c", "cas.toml", "--check-config"}), 0) << program.err;
  EXPECT_THAT(program.err, HasSubstr("cas.toml: no mistakes"));
}

TEST_F(CasOwner, CC013_a_file_that_is_not_there_or_names_no_database_ends_the_start) {
  EXPECT_NE(program.run({"cas", "serve", "--config", "none.toml"}), 0);
  EXPECT_THAT(program.err, HasSubstr("none.toml"));
  write("cas.toml", "[log]\nfiles = 3\n");
  EXPECT_EQ(program.run({"cas", "serve", "--config", "cas.toml"}), 3);
  EXPECT_THAT(program.err, HasSubstr("'database.path' is missing"));
}

TEST_F(CasOwner, CC006_the_path_of_the_audit_log_is_that_of_the_option) {
  const std::vector<std::string> words = {"cas",      "serve",          "--config",
                                          "cas.toml", "--check-config", "--audit-log-required"};
  write("cas.toml", "[database]\npath = 'd/cas.db'\n");
  EXPECT_EQ(program.run(words), 2);
  write("cas.toml", "[database]\npath = 'd/cas.db'\n[audit_log]\npath = 'audit.log'\n");
  EXPECT_EQ(program.run(words), 0) << program.err;
}

TEST_F(CasOwner, CC009_limits_are_checked_in_a_file_and_as_options) {
  const auto checked = [&](const std::string& limits, std::vector<std::string> options = {}) {
    write("cas.toml", "[database]\npath = 'd/cas.db'\n[limits]\n" + limits + "\n");
    options.insert(options.begin(), {"cas", "serve", "--config", "cas.toml", "--check-config"});
    return program.run(options);
  };
  EXPECT_EQ(checked("max_sessions = 1000\nrequests_per_second = 50"), 0) << program.err;
  for (const char* wrong : {"max_sessions = 0", "max_sessions = 'many'", "requests_per_second = 0",
                            "requests_per_second = 0.5", "requests_per_second = -1"})
    EXPECT_EQ(checked(wrong), 3) << wrong;
  EXPECT_THAT(program.err, HasSubstr("cas.toml:4:23: error: 'limits.requests_per_second'"));
  EXPECT_EQ(checked("", {"--max-sessions", "10", "--requests-per-second", "5"}), 0) << program.err;
  for (const char* wrong : {"0", "-1", "x", ""}) {
    EXPECT_EQ(checked("", {"--max-sessions", wrong}), 2) << wrong;
    EXPECT_EQ(checked("", {"--requests-per-second", wrong}), 2) << wrong;
  }
}

TEST_F(CasOwner, a_check_finds_what_a_start_would) {
  for (const char* wrong : {"collateral = 'pc'", "snp_collateral = 'x'", "secret_prov = 'x'",
                            "azure_clouds = 'x'", "import_from = 'a b'", "import_from ="}) {
    write("cas.toml", std::string("[database]\npath = 'd/cas.db'\n[open_cas]\n") + wrong + "\n");
    EXPECT_NE(program.run({"cas", "serve", "--config", "cas.toml", "--check-config"}), 0) << wrong;
  }
  write("cas.yaml", "database: {path: d/cas.db}\nopen_cas:\n  import_from:\n");
  EXPECT_NE(program.run({"cas", "serve", "--config", "cas.yaml", "--check-config"}), 0);
  EXPECT_THAT(program.err, HasSubstr("'open_cas.import_from' is empty"));
}

TEST_F(CasOwner, options_that_contradict_each_other_are_refused) {
  EXPECT_EQ(program.run({"cas", "serve", "--check-config"}), 2);
  for (const char* option : {"--config", "--collateral", "--drain-timeout", "--owner-config"})
    EXPECT_EQ(program.run({"cas", "serve", option, ""}), 2) << option;
  EXPECT_EQ(program.run({"cas", "serve", "--dev", "--data", "x"}), 2);
  EXPECT_EQ(program.run({"cas", "serve", "--dev", "--listen", "0.0.0.0:1"}), 2);
  EXPECT_THAT(program.err, HasSubstr("--dev listens on loopback only"));
  EXPECT_EQ(program.run({"cas", "serve", "--owner-config", "owner.toml"}), 2);
  EXPECT_EQ(program.run({"cas", "serve", "--allow-unprovisioned", "--require-provisioning"}), 2);
}

}  // namespace
}  // namespace sconectl::cli
