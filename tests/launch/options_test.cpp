#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "sconectl/crypto/key.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/launch/launch.hpp"
#include "support/map_environment.hpp"

namespace sconectl::launch {
namespace {

using diag::Error;
using diag::ErrorKind;
using test::MapEnvironment;

Error refusal(const MapEnvironment& environment) {
  try {
    (void)options(environment, std::nullopt, {});
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return {ErrorKind::failed, ""};
}

TEST(LaunchOptions, from_the_environment) {
  const MapEnvironment environment({{"SCONE_CONFIG_ID", "ns/app/python3"},
                                    {"SCONE_CAS_ADDR", "cas.example"},
                                    {"SCONE_SERVICE_ACCESS_TOKEN", "hunter2"},
                                    {"SCONECTL_RETRIES", "0"},
                                    {"OTHER", "x"}});
  const Options found = options(environment, std::nullopt, {"python3", "a"});
  EXPECT_EQ(found.config_id, "ns/app/python3");
  EXPECT_EQ(found.address, (cas::Address{"cas.example", 18765}));
  EXPECT_EQ(found.access_token.view(), "hunter2");
  EXPECT_EQ(found.attempts, 1);
  EXPECT_FALSE(found.cas_key);
  EXPECT_EQ(found.host_arguments, (std::vector<std::string>{"python3", "a"}));
  EXPECT_EQ(found.host_environment.at("OTHER"), "x");
}

TEST(LaunchOptions, the_command_line_wins_and_addresses_take_a_port) {
  const MapEnvironment environment({{"SCONE_CONFIG_ID", "a/b"}, {"SCONE_CAS_ADDR", "[::1]:4000"}});
  const Options found = options(environment, "c/d@123456", {}, CasProof::not_demanded);
  EXPECT_EQ(found.config_id, "c/d@123456");
  EXPECT_EQ(found.address, (cas::Address{"::1", 4000}));
}

TEST(LaunchOptions, SL320_an_image_names_its_program_and_the_older_form_names_it_again) {
  const MapEnvironment environment({{"SCONE_CONFIG_ID", "a/b"}, {"SCONE_CAS_ADDR", "h"}});
  const auto words = [&](const std::optional<std::string>& id, std::vector<std::string> given) {
    return options(environment, id, std::move(given), CasProof::not_demanded).host_arguments;
  };
  using Words = std::vector<std::string>;
  EXPECT_EQ(words(std::nullopt, {"python3", "a", "b"}), (Words{"python3", "a", "b"}));
  EXPECT_EQ(words(std::nullopt, {"python3", "--", "prog", "a"}), (Words{"prog", "a"}));
  EXPECT_EQ(words(std::nullopt, {"python3", "--"}), Words{});
  EXPECT_EQ(words(std::nullopt, {"python3", "a", "--"}), (Words{"python3", "a", "--"}));
  EXPECT_EQ(words("c/d", {"prog", "--", "a"}), (Words{"prog", "--", "a"}));
}

MapEnvironment usual(const std::string& name, const std::string& value) {
  return MapEnvironment({{"SCONE_CONFIG_ID", "ns/app/python3"},
                         {"SCONE_CAS_ADDR", "cas"},
                         {"SCONE_SERVICE_ACCESS_TOKEN", "hunter2"},
                         {name, value}});
}

TEST(LaunchOptions, A30_files_are_renewed_and_the_launcher_stays_if_that_is_asked_for) {
  const auto plain = options(usual("OTHER", "x"), std::nullopt, {});
  EXPECT_FALSE(plain.refresh);
  EXPECT_EQ(plain.supervision, Supervision::automatic);
  EXPECT_EQ(options(usual("SCONECTL_SUPERVISE", "never"), std::nullopt, {}).supervision,
            Supervision::never);
  const auto found = options(usual("SCONECTL_REFRESH", "30"), std::nullopt, {});
  ASSERT_TRUE(found.refresh);
  EXPECT_EQ(found.refresh->interval, std::chrono::seconds(30));
  EXPECT_EQ(found.refresh->signal, 0);
  for (const char* name : {"HUP", "SIGHUP"}) {
    const MapEnvironment environment({{"SCONE_CONFIG_ID", "ns/app/python3"},
                                      {"SCONE_CAS_ADDR", "cas"},
                                      {"SCONE_SERVICE_ACCESS_TOKEN", "hunter2"},
                                      {"SCONECTL_REFRESH", "86400"},
                                      {"SCONECTL_REFRESH_SIGNAL", name}});
    EXPECT_EQ(options(environment, std::nullopt, {}).refresh->signal, SIGHUP);
  }
}

TEST(LaunchOptions, A30_a_renewal_that_can_not_work_is_refused) {
  const auto says = [](const MapEnvironment& environment, const std::string& text) {
    const Error error = refusal(environment);
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_NE(error.text().find(text), std::string::npos) << error.text();
  };
  for (const char* wrong : {"4", "86401", "30s", "-5", "0"})
    says(usual("SCONECTL_REFRESH", wrong), "SCONECTL_REFRESH is not a number of seconds");
  says(usual("SCONECTL_SUPERVISE", "yes"), "it is auto, always or never");
  says(usual("SCONECTL_REFRESH_SIGNAL", "HUP"), "has no effect without SCONECTL_REFRESH");
  const auto refreshing = [](const std::string& config_id, const std::string& name,
                             const std::string& value) {
    return MapEnvironment({{"SCONE_CONFIG_ID", config_id},
                           {"SCONE_CAS_ADDR", "cas"},
                           {"SCONE_SERVICE_ACCESS_TOKEN", "hunter2"},
                           {"SCONECTL_REFRESH", "30"},
                           {name, value}});
  };
  says(refreshing("a/s", "SCONECTL_REFRESH_SIGNAL", "KILL"), "SCONECTL_REFRESH_SIGNAL is 'KILL'");
  says(refreshing("a/s", "SCONECTL_SUPERVISE", "never"), "needs a launcher that stays");
  says(refreshing("a/s@123456", "OTHER", "x"), "a one-time password is good for once");
}

TEST(LaunchOptions, the_access_token_is_not_among_the_host_variables) {
  const MapEnvironment environment({{"SCONE_CONFIG_ID", "a/b"},
                                    {"SCONE_CAS_ADDR", "h"},
                                    {"SCONE_SERVICE_ACCESS_TOKEN", "hunter2"}});
  const Options found = options(environment, std::nullopt, {});
  EXPECT_THAT(found.host_environment,
              testing::ElementsAre(testing::Pair("SCONE_CAS_ADDR", "h"),
                                   testing::Pair("SCONE_CONFIG_ID", "a/b")));
}

TEST(LaunchOptions, what_is_missing_or_wrong_is_named) {
  EXPECT_EQ(refusal(MapEnvironment()).kind(), ErrorKind::usage);
  EXPECT_TRUE(refusal(MapEnvironment()).text().starts_with("SCONE_CONFIG_ID is not set"));
  EXPECT_TRUE(refusal(MapEnvironment({{"SCONE_CONFIG_ID", "a/b"}, {"SCONE_CAS_ADDR", ""}}))
                  .text()
                  .starts_with("SCONE_CAS_ADDR is not set"));
  for (const char* address : {"http://cas", "cas:99999", "::1", "a b"}) {
    EXPECT_EQ(
        refusal(MapEnvironment({{"SCONE_CONFIG_ID", "a/b"}, {"SCONE_CAS_ADDR", address}})).kind(),
        ErrorKind::usage)
        << address;
  }
  for (const char* retries : {"-1", "x", "1001", "5x", "99999999999999"}) {
    EXPECT_EQ(refusal(MapEnvironment({{"SCONE_CONFIG_ID", "a/b"},
                                      {"SCONE_CAS_ADDR", "h"},
                                      {"SCONECTL_RETRIES", retries}}))
                  .kind(),
              ErrorKind::usage)
        << retries;
  }
}

TEST(LaunchOptions, something_proves_the_cas_or_a_flag_says_that_nothing_has_to) {
  std::map<std::string, std::string> variables{{"SCONE_CONFIG_ID", "a/b"}, {"SCONE_CAS_ADDR", "h"}};
  const auto unproven = refusal(MapEnvironment(variables));
  EXPECT_EQ(unproven.kind(), ErrorKind::usage);
  EXPECT_TRUE(unproven.text().starts_with("nothing would prove that the CAS is the right one"));
  EXPECT_FALSE(
      options(MapEnvironment(variables), std::nullopt, {}, CasProof::not_demanded).cas_key);
  variables["SCONE_SERVICE_ACCESS_TOKEN"] = "token";
  EXPECT_EQ(options(MapEnvironment(variables), std::nullopt, {}).access_token.view(), "token");
  variables.erase("SCONE_SERVICE_ACCESS_TOKEN");
  variables["SCONE_CAS_KEY"] =
      crypto::key_hash(crypto::PrivateKey::generate(crypto::KeyType::p256).public_key());
  EXPECT_TRUE(options(MapEnvironment(variables), std::nullopt, {}).cas_key);
}

/// A variable that another one should have filled is not "none".
TEST(LaunchOptions, an_empty_key_or_token_is_an_error_whatever_the_flag_says) {
  for (const std::string name : {"SCONE_CAS_KEY", "SCONE_SERVICE_ACCESS_TOKEN"}) {
    const MapEnvironment environment(
        {{"SCONE_CONFIG_ID", "a/b"}, {"SCONE_CAS_ADDR", "h"}, {name, ""}});
    EXPECT_TRUE(refusal(environment).text().starts_with(name + " is set and empty"));
    EXPECT_THROW((void)options(environment, std::nullopt, {}, CasProof::not_demanded), Error);
  }
}

TEST(LaunchOptions, a_pin_that_can_not_be_read_is_never_no_pin) {
  EXPECT_TRUE(refusal(MapEnvironment({{"SCONE_CONFIG_ID", "a/b"},
                                      {"SCONE_CAS_ADDR", "h"},
                                      {"SCONE_CAS_KEY", "not a key hash"}}))
                  .text()
                  .starts_with("SCONE_CAS_KEY is not a key hash"));
}

}  // namespace
}  // namespace sconectl::launch
