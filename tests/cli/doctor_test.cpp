// `sconectl doctor` as a user types it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.hpp"

namespace sconectl::cli {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class Doctor : public testing::Test {
 protected:
  void docker_answers() {
    program.machine.processes.always(
        {"docker", "version"},
        {0, 0, R"({"Server":{"Version":"27.1","ApiVersion":"1.47","Os":"linux","Arch":"amd64"}})",
         ""});
    program.machine.processes.always({"docker", "images"}, {0, 0, "", ""});
  }
  test::Program program;
};

TEST_F(Doctor, ends_with_0_when_nothing_is_missing) {
  docker_answers();
  EXPECT_EQ(program.run({"doctor"}), 0) << program.out;
  EXPECT_THAT(program.out, AllOf(StartsWith("ok       sconectl: "),
                                 HasSubstr("\nok       container engine: docker 27.1")));
  EXPECT_EQ(program.err, "");
}

TEST_F(Doctor, ends_with_4_and_the_fix_when_something_is_missing) {
  program.machine.processes.always({"docker", "version"}, {1, 0, "", "permission denied"});
  EXPECT_EQ(program.run({"doctor"}), 4);
  EXPECT_THAT(program.out, AllOf(HasSubstr("\nmissing  container engine: docker does not answer"),
                                 HasSubstr("\n         fix: ")));
  EXPECT_EQ(program.run({"-o", "report", "doctor"}), 4);
  EXPECT_THAT(program.machine.files.read("report", 1 << 20),
              HasSubstr("missing  container engine"));
}

TEST_F(Doctor, json_is_one_document_that_says_whether_all_is_there) {
  docker_answers();
  ASSERT_EQ(program.run({"doctor", "--json"}), 0);
  json document = json::parse(program.out);
  EXPECT_EQ(document.at("schema"), "sconectl/v1/doctor");
  EXPECT_EQ(document.at("ready"), true);
  EXPECT_EQ(document.at("for"), json::array({"native"}));
  EXPECT_GT(document.at("checks").size(), 5U);
  program.machine.processes.remove_program("kubectl");
  program.machine.processes.always({"helm"}, {0, 0, "v3.19.0", ""});
  ASSERT_EQ(program.run({"doctor", "--json", "--for", "kubernetes", "--for=native"}), 4);
  document = json::parse(program.out);
  EXPECT_EQ(document.at("ready"), false);
  EXPECT_EQ(document.at("for"), json::array({"kubernetes", "native"}));
}

TEST_F(Doctor, wrong_words_are_wrong_usage) {
  EXPECT_EQ(program.run({"doctor", "--for", "cloud"}), 2);
  EXPECT_EQ(program.run({"doctor", "-n", "default/../../x"}), 2);
  EXPECT_EQ(program.run({"doctor", "-n", ""}), 2);
  EXPECT_EQ(program.run({"doctor", "extra"}), 2);
  EXPECT_EQ(program.out, "");
}

}  // namespace
}  // namespace sconectl::cli
