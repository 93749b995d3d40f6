#include <gtest/gtest.h>

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/launch/launch.hpp"
#include "support/map_environment.hpp"
#include "support/matchers.hpp"

namespace sconectl::launch {
namespace {

using Words = std::vector<std::string>;

Options host(Words arguments = {}, std::map<std::string, std::string> variables = {}) {
  Options options;
  options.config_id = "a/b";
  options.host_arguments = std::move(arguments);
  options.host_environment = std::move(variables);
  return options;
}

cas::Configuration command(Words argv) {
  cas::Configuration configuration;
  configuration.argv = std::move(argv);
  configuration.pwd = "/app";
  return configuration;
}

const std::string usual_path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

TEST(LaunchPlan, SL076_exactly_the_sessions_arguments_environment_and_directory) {
  auto configuration = command({"python3", "a b", "$(x)", ""});
  configuration.environment = {{"B", "2=3"}, {"A", ""}};
  const Launch launch = plan(configuration, host({"sh"}, {{"LEAK", "x"}, {"PATH", "/evil"}}));
  EXPECT_EQ(launch.argv, (Words{"python3", "a b", "$(x)", ""}));
  EXPECT_EQ(launch.environment, (Words{"A=", "B=2=3", usual_path}));
  EXPECT_EQ(launch.directory, "/app");
  EXPECT_THAT(launch.path, test::HasButNot("/usr/bin", "/evil"));
}

TEST(LaunchPlan, the_sessions_PATH_finds_the_program) {
  auto configuration = command({"x"});
  configuration.environment = {{"PATH", "/opt/bin"}};
  EXPECT_EQ(plan(configuration, host()).path, "/opt/bin");
}

TEST(LaunchPlan, SL076_the_sessions_PATH_is_the_only_one) {
  auto configuration = command({"x"});
  configuration.environment = {{"PATH", "/opt/bin"}};
  EXPECT_EQ(plan(configuration, host({}, {{"PATH", "/evil"}})).environment, Words{"PATH=/opt/bin"});
  configuration.environment = {{"PATH", ""}};
  EXPECT_EQ(plan(configuration, host()).environment, Words{"PATH="});
}

TEST(LaunchPlan, SL320_words_that_the_command_does_not_take_are_known) {
  using Numbers = std::vector<std::size_t>;
  EXPECT_EQ(plan(command({"x", "@@2"}), host({"p", "one", "two", "three"})).left_over,
            (Numbers{1, 3}));
  EXPECT_EQ(plan(command({"x", "@@1"}), host({"p", "one"})).left_over, Numbers{});
  EXPECT_EQ(plan(command({"x"}), host({"p"})).left_over, Numbers{});
}

TEST(LaunchPlan, SL320_host_arguments_replace_whole_elements) {
  EXPECT_EQ(plan(command({"x", "@@2", "@@1"}), host({"p", "one", "two"})).argv,
            (Words{"x", "two", "one"}));
  EXPECT_THROW((void)plan(command({"x", "@@1"}), host({"p"})), diag::Error);
  EXPECT_THROW((void)plan(command({"x", "@@1", "@@1"}), host({"p", "one"})), diag::Error);
}

TEST(LaunchPlan, SL321_inside_a_longer_element_it_stays) {
  EXPECT_EQ(plan(command({"x", "SELECT @@1"}), host({"p", "one"})).argv,
            (Words{"x", "SELECT @@1"}));
}

TEST(LaunchPlan, SL322_host_variables) {
  auto configuration = command({"x"});
  configuration.environment = {{"\\@\\@TAKEN", "ignored"},
                               {"@@ALSO", ""},
                               {"\\@\\@MISSING", "ignored"},
                               {"TAKEN", "session"}};
  EXPECT_EQ(plan(configuration, host({}, {{"TAKEN", "1"}, {"ALSO", "2"}})).environment,
            (Words{"ALSO=2", "MISSING=", usual_path, "TAKEN=1"}));
}

TEST(LaunchPlan, a_session_can_not_pull_the_access_token_out_of_the_host) {
  const test::MapEnvironment environment({{"SCONE_CONFIG_ID", "a/b"},
                                          {"SCONE_CAS_ADDR", "h"},
                                          {"SCONE_SERVICE_ACCESS_TOKEN", "hunter2"}});
  auto configuration = command({"x"});
  configuration.environment = {{"\\@\\@SCONE_SERVICE_ACCESS_TOKEN", ""}};
  EXPECT_EQ(plan(configuration, options(environment, std::nullopt, {})).environment,
            (Words{usual_path, "SCONE_SERVICE_ACCESS_TOKEN="}));
}

TEST(LaunchPlan, SL073_without_a_command_the_program_gets_only_its_name) {
  EXPECT_EQ(plan(command({}), host({"redis-server", "--port", "1"})).argv, Words{"redis-server"});
  EXPECT_THROW((void)plan(command({}), host()), diag::Error);
}

TEST(LaunchPlan, SL060_the_directory_defaults_to_the_root_and_is_absolute) {
  auto configuration = command({"x"});
  configuration.pwd = "";
  EXPECT_EQ(plan(configuration, host()).directory, "/");
  configuration.pwd = "app";
  EXPECT_THROW((void)plan(configuration, host()), diag::Error);
}

TEST(LaunchPlan, SL245_relative_files_and_the_last_of_a_path) {
  auto configuration = command({"x"});
  configuration.files = {{"/etc/a", "1", 0444}, {"b/c", "2", 0700}, {"/etc/a", "3", 0600}};
  const Launch launch = plan(configuration, host());
  ASSERT_EQ(launch.files.size(), 2U);
  EXPECT_EQ(launch.files[0], (cas::ConfigurationFile{"/app/b/c", "2", 0700}));
  EXPECT_EQ(launch.files[1], (cas::ConfigurationFile{"/etc/a", "3", 0600}));
}

TEST(LaunchPlan, hostile_file_paths_are_refused) {
  for (const std::string& path :
       {std::string("/etc/../../x"), std::string("../x"), std::string("/etc/"), std::string("/"),
        std::string(""), std::string("/a/./b"), std::string("/.."), std::string("/a\0b", 4)}) {
    auto configuration = command({"x"});
    configuration.files = {{path, "s3cret", 0600}};
    try {
      (void)plan(configuration, host());
      ADD_FAILURE() << path;
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
      EXPECT_THAT(error.text(), test::HasButNot("path", "s3cret"));
    }
  }
}

TEST(LaunchPlan, only_permission_bits_survive) {
  auto configuration = command({"x"});
  configuration.files = {{"/a", "1", 06755}};
  EXPECT_EQ(plan(configuration, host()).files[0].mode, 0755U);
}

}  // namespace
}  // namespace sconectl::launch
