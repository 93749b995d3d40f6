// `kubectl provision cas`: keys and state of a CAS of a cluster, as a shell reads them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/host/files.hpp"
#include "support/fixed_clock.hpp"
#include "support/loopback_http.hpp"
#include "support/real_tool.hpp"

namespace sconectl::cli {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;

constexpr const char* state_file = "/home/user/.cas/config.json";

class ProvisionCas : public testing::Test {
 protected:
  /// As kubectl calls its plugin.
  int plugin(std::vector<std::string> arguments) {
    return program.run(as_called("/usr/bin/kubectl-provision", std::move(arguments)));
  }
  void attest() {
    ASSERT_EQ(program.run({"cas", "attest", "cas.scone-system", "-c", service.key_hash()}), 0)
        << program.err;
    http.requests.clear();
  }
  /// What a shell has in a variable that reads the output.
  [[nodiscard]] std::string in_shell(const std::string& variable) const {
    const auto result =
        test::run_tool({"sh", "-c", program.out + "printf %s \"$" + variable + "\""});
    EXPECT_EQ(result.status, 0) << result.err;
    return result.out;
  }
  [[nodiscard]] json state() {
    return json::parse(program.machine.files.read(state_file, 1 << 20));
  }

  std::unique_ptr<host::Files> disk = host::system_files();
  host::TemporaryDirectory directory{*disk, "provision-test-"};
  test::FixedClock cas_clock;
  casd::Service service{{.data = directory.path() / "data"}, cas_clock};
  test::LoopbackHttp http{service, "cas.scone-system"};
  test::Program program{http};
};

TEST(AsCalled, only_the_name_of_the_plugin_makes_a_difference) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(as_called("kubectl-provision", {"cas", "x"}), (Words{"provision", "cas", "x"}));
  EXPECT_EQ(as_called("/a/b/kubectl-provision", {}), Words{"provision"});
  EXPECT_EQ(as_called("kubectl-provision", {"--version"}), Words{"--version"});
  for (const char* name :
       {"sconectl", "/usr/bin/scone", "kubectl-provision/sconectl", "", "kubectl-provision-cas"})
    EXPECT_EQ(as_called(name, {"cas", "x"}), (Words{"cas", "x"})) << name;
}

TEST_F(ProvisionCas, keys_of_an_attested_cas_are_read_by_a_shell_and_nobody_is_contacted) {
  attest();
  ASSERT_EQ(plugin({"cas", "cas", "-n", "scone-system", "--print-public-keys"}), 0) << program.err;
  EXPECT_EQ(program.err, "");
  EXPECT_THAT(http.requests, IsEmpty());
  EXPECT_EQ(in_shell("CAS_KEY"), service.key_hash());
  EXPECT_THAT(in_shell("CAS_SESSION_ENCRYPTION_KEY"), MatchesRegex("[0-9a-f]{64}"));
  EXPECT_EQ(in_shell("CAS_SOFTWARE_KEY"),
            state()["cas_db"]["cas.scone-system"]["cas_software_key_hash"].get<std::string>());
  EXPECT_EQ(in_shell("CAS_CERT"),
            state()["cas_db"]["cas.scone-system"]["chain"].get<std::string>());
}

TEST_F(ProvisionCas, a_cas_that_is_not_known_is_attested_and_remembered) {
  ASSERT_EQ(plugin({"cas", "cas", "--namespace", "scone-system", "--print-public-keys", "-c",
                    service.key_hash(), "--set-version", "5.8.0", "-v"}),
            0)
      << program.err;
  EXPECT_EQ(in_shell("CAS_KEY"), service.key_hash());
  EXPECT_TRUE(state()["cas_db"].contains("cas.scone-system"));
}

TEST_F(ProvisionCas, tolerations_are_options_of_cas_attest) {
  constexpr const char* any =
      "--only_for_testing-debug --only_for_testing-ignore-signer --only_for_testing-trust-any";
  program.machine.environment.variables["SGX_TOLERATIONS"] = any;
  EXPECT_EQ(plugin({"cas", "cas", "-n", "scone-system", "--print-public-keys"}), 0) << program.err;
  program.machine.environment.variables["SGX_TOLERATIONS"] = "--tolerate-everthing";
  EXPECT_EQ(plugin({"cas", "cas", "-n", "scone-system", "--verify"}), 2);
  EXPECT_THAT(program.err, HasSubstr("SGX_TOLERATIONS: "));
}

TEST_F(ProvisionCas, nothing_is_printed_about_a_cas_that_nobody_vouches_for) {
  EXPECT_EQ(plugin({"cas", "cas", "-n", "scone-system", "--print-public-keys"}), 1);
  EXPECT_EQ(program.out, "");
  EXPECT_THAT(program.err,
              AllOf(HasSubstr("cas attest cas.scone-system -c KEY_HASH"), HasSubstr("-c ")));
  EXPECT_FALSE(program.machine.files.exists(state_file));
}

TEST_F(ProvisionCas, another_key_than_the_demanded_one_is_refused) {
  attest();
  constexpr const char* other = "46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt";
  EXPECT_EQ(plugin({"cas", "cas", "-n", "scone-system", "--print-public-keys", "-c", other}), 1);
  EXPECT_EQ(program.out, "");
  EXPECT_THAT(program.err, HasSubstr(other));
  EXPECT_EQ(plugin({"cas", "cas", "-n", "scone-system", "--is-provisioned", "-c", other}), 1);
  EXPECT_EQ(program.out, "");
}

TEST_F(ProvisionCas, a_record_without_the_encryption_key_is_completed_under_the_same_key) {
  attest();
  json edited = state();
  edited["cas_db"]["cas.scone-system"].erase("session_encryption_key");
  program.machine.files.put(state_file, edited.dump(), 0600);
  ASSERT_EQ(plugin({"cas", "cas", "-n", "scone-system", "--print-public-keys"}), 0) << program.err;
  EXPECT_THAT(in_shell("CAS_SESSION_ENCRYPTION_KEY"), MatchesRegex("[0-9a-f]{64}"));
  edited["cas_db"]["cas.scone-system"]["cas_key_hash"] =
      "46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt";
  program.machine.files.put(state_file, edited.dump(), 0600);
  EXPECT_EQ(plugin({"cas", "cas", "-n", "scone-system", "--print-public-keys"}), 1);
  EXPECT_EQ(program.out, "");
}

TEST_F(ProvisionCas, a_state_file_with_odd_values_gives_a_shell_nothing_to_run) {
  attest();
  json edited = state();
  const std::string odd = "x'; echo INJECTED; `echo $HOME`\n\"$(echo INJECTED)";
  edited["cas_db"]["cas.scone-system"]["session_encryption_key"] = odd;
  program.machine.files.put(state_file, edited.dump(), 0600);
  ASSERT_EQ(plugin({"cas", "cas", "-n", "scone-system", "--print-public-keys"}), 0) << program.err;
  EXPECT_EQ(in_shell("CAS_SESSION_ENCRYPTION_KEY"), odd);
}

TEST_F(ProvisionCas, whether_it_is_provisioned_is_asked_now) {
  attest();
  ASSERT_EQ(plugin({"cas", "cas", "-n", "scone-system", "--is-provisioned"}), 0) << program.err;
  EXPECT_EQ(program.out, "YES\n");
  EXPECT_THAT(http.requests, SizeIs(1));
  EXPECT_EQ(plugin({"cas", "cas", "-n", "elsewhere", "--is-provisioned"}), 4);
  EXPECT_EQ(program.out, "");
}

TEST_F(ProvisionCas, verify_attests_a_known_cas_again) {
  attest();
  ASSERT_EQ(plugin({"cas", "cas", "-n", "scone-system", "--verify"}), 0) << program.err;
  EXPECT_THAT(program.err, HasSubstr("is trustworthy"));
  EXPECT_EQ(program.out, "");
  EXPECT_THAT(http.requests, SizeIs(1));
}

TEST_F(ProvisionCas, the_address_is_the_service_unless_another_one_is_given) {
  attest();
  EXPECT_EQ(plugin({"cas", "other", "-n", "scone-system", "--verify"}), 4);
  EXPECT_THAT(program.err, HasSubstr("other.scone-system:8081"));
  EXPECT_EQ(plugin({"cas", "other", "--verify", "--cas-address", "cas.scone-system"}), 0)
      << program.err;
  EXPECT_EQ(plugin({"cas", "cas", "-n", "scone-system", "--verify", "--cas-client-port", "1"}), 4);
  EXPECT_THAT(program.err, HasSubstr("cas.scone-system:1"));
  EXPECT_EQ(plugin({"cas", "--verify"}), 4);
  EXPECT_THAT(program.err, HasSubstr("cas.default:8081"));
}

TEST_F(ProvisionCas, names_that_no_cluster_has_are_wrong_usage) {
  for (const std::string& bad : std::vector<std::string>{"CAS", "a.b", "-x", "x-", "a b", "$(id)",
                                                         "", std::string(64, 'a')}) {
    EXPECT_EQ(plugin({"cas", "cas", "--verify", "--namespace=" + bad}), 2) << bad;
    EXPECT_EQ(program.out, "");
  }
  EXPECT_EQ(plugin({"cas", "C@S", "--verify"}), 2);
  EXPECT_EQ(plugin({"las", "x", "--verify"}), 2);
  EXPECT_THAT(program.err, HasSubstr("did you mean 'provision cas'?"));
  EXPECT_THAT(http.requests, IsEmpty());
}

TEST_F(ProvisionCas, what_makes_or_changes_a_cas_is_refused_by_name) {
  EXPECT_EQ(plugin({"cas", "cas", "-n", "scone-system"}), 1);
  EXPECT_THAT(program.err, HasSubstr("--print-public-keys"));
  EXPECT_EQ(plugin({"cas", "cas", "--upgrade", "5.9.0"}), 1);
  EXPECT_THAT(program.err, HasSubstr("'--upgrade' is not built in"));
  EXPECT_EQ(plugin({"cas", "cas", "--owner-config=x", "--print-public-keys"}), 1);
  EXPECT_THAT(http.requests, IsEmpty());
}

TEST_F(ProvisionCas, json_holds_the_same_values) {
  attest();
  ASSERT_EQ(plugin({"cas", "cas", "-n", "scone-system", "--print-public-keys", "--json"}), 0);
  const json keys = json::parse(program.out);
  EXPECT_EQ(keys.at("schema"), "sconectl/v1/cas-keys");
  EXPECT_EQ(keys.at("CAS_KEY"), service.key_hash());
  ASSERT_EQ(plugin({"cas", "cas", "-n", "scone-system", "--is-provisioned", "--json"}), 0);
  EXPECT_EQ(json::parse(program.out).at("provisioned"), true);
}

}  // namespace
}  // namespace sconectl::cli
