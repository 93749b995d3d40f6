// Manual pages and explanations of rules.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "cli/command.hpp"
#include "cli/help.hpp"
#include "cli/manual.hpp"
#include "program.hpp"

namespace sconectl::cli {
namespace {

using test::Program;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// The pages by file name ("sconectl-apply.1").
std::map<std::string, std::string> pages() {
  Program program;
  EXPECT_EQ(program.run({"manual", "/man"}), 0) << program.err;
  std::map<std::string, std::string> result;
  for (const auto& [path, file] : program.machine.files.all())
    if (path.starts_with("/man/")) result[path.substr(5)] = file.bytes;
  return result;
}

TEST(Manual, has_a_page_for_the_program_and_each_visible_command) {
  const auto all = pages();
  std::size_t expected = 4;
  ASSERT_TRUE(all.contains("sconectl.1"));
  EXPECT_EQ(all.at("scone.1"), ".so man1/sconectl.1\n");
  EXPECT_THAT(all.at("sconectl-launcher.1"),
              AllOf(HasSubstr("sconectl\\-run"), HasSubstr("sconectl\\-pod\\-relay")));
  EXPECT_EQ(all.at("kubectl-provision.1"), ".so man1/sconectl-provision-cas.1\n");
  for (const Command& command : commands()) {
    if (command.hidden) continue;
    ++expected;
    const std::string name = manual_name(command.words);
    ASSERT_TRUE(all.contains(name + ".1")) << name;
    std::string escaped = std::regex_replace(name, std::regex("-"), "\\-");
    EXPECT_THAT(all.at(name + ".1"),
                AllOf(StartsWith(".TH "), HasSubstr(".SH NAME\n" + escaped + " \\- "),
                      HasSubstr(".SH SYNOPSIS\n"), HasSubstr(".SH OPTIONS\n")));
    EXPECT_THAT(all.at("sconectl.1"), HasSubstr("\\fB" + escaped + "\\fR(1)"));
  }
  EXPECT_EQ(all.size(), expected);
}

TEST(Manual, names_arguments_options_of_groups_and_examples) {
  const auto all = pages();
  EXPECT_THAT(all.at("sconectl-cas-show-identification.1"),
              AllOf(HasSubstr("[\\fICAS\\fR]"), HasSubstr("\\fB\\-\\-cas\\-key\\-hash\\fR")));
  EXPECT_THAT(all.at("sconectl-session-create.1"),
              AllOf(HasSubstr("\\fB\\-c\\fR, \\fB\\-\\-cas\\fR \\fICAS\\fR\n"),
                    HasSubstr("[\\fIOPTIONS\\fR] \\fIFILE\\fR\n")));
  EXPECT_THAT(all.at("sconectl-explain.1"),
              AllOf(HasSubstr("\\fIRULE\\fR..."),
                    HasSubstr(".SH EXAMPLES\n.EX\n  sconectl explain SL\\-036\n")));
}

TEST(Manual, explains_nothing_twice) {
  const std::regex term("\n\\.TP\n(.*)\n");
  for (const auto& [name, text] : pages()) {
    std::multiset<std::string> terms;
    for (auto at = std::sregex_iterator(text.begin(), text.end(), term);
         at != std::sregex_iterator(); ++at)
      terms.insert((*at)[1]);
    EXPECT_EQ(terms.empty(), text.starts_with(".so ")) << name;
    EXPECT_EQ(std::set(terms.begin(), terms.end()).size(), terms.size()) << name;
  }
}

TEST(Manual, no_line_of_a_text_is_taken_for_a_command_of_troff) {
  const std::regex command("\n\\.(?!TH |SH |TP|PP|BR |B |EX|EE|so )");
  for (const auto& [name, text] : pages()) {
    EXPECT_FALSE(std::regex_search(text, command)) << name;
    EXPECT_THAT(text, AllOf(AnyOf(StartsWith(".TH "), StartsWith(".so ")), Not(HasSubstr("\n'"))))
        << name;
  }
}

TEST(Manual, says_exit_status_and_environment_as_help_does) {
  const auto page = pages().at("sconectl.1");
  for (const Meaning& row : exit_statuses())
    EXPECT_THAT(page, HasSubstr("\\fB" + std::string(row.what) + "\\fR\n" +
                                std::string(row.meaning.substr(0, 8))));
  for (const Meaning& row : environment_variables())
    EXPECT_THAT(page, HasSubstr(std::string(row.what)));
}

TEST(Manual, asking_for_help_is_as_ever_afterwards) {
  Program program;
  ASSERT_EQ(program.run({"manual", "/man"}), 0);
  ASSERT_EQ(program.run({"explain", "--help"}), 0);
  EXPECT_THAT(program.out, HasSubstr("Usage: sconectl explain"));
}

TEST(Explain, prints_each_rule_with_its_source_and_tests) {
  Program program;
  ASSERT_EQ(program.run({"explain", "CL-047", "cl-005"}), 0) << program.err;
  EXPECT_THAT(program.out,
              AllOf(StartsWith("CL-047: "), HasSubstr("in public samples"),
                    HasSubstr("\n  source: observed\n"), HasSubstr("\n  not tested: "),
                    HasSubstr("\nCL-005: "), HasSubstr("\n  tested by: `cli` Program.CL005")));
}

TEST(Explain, with_json_is_one_document) {
  Program program;
  ASSERT_EQ(program.run({"explain", "--json", "CL-005"}), 0);
  const auto document = nlohmann::json::parse(program.out);
  EXPECT_EQ(document.at("rules").at(0).at("id"), "CL-005");
  EXPECT_FALSE(document.at("rules").at(0).at("tests").empty());
}

TEST(Explain, an_unknown_rule_is_wrong_usage_and_the_nearest_is_named) {
  Program program;
  EXPECT_EQ(program.run({"explain", "SL-O36"}), 2);
  EXPECT_EQ(program.out, "");
  EXPECT_THAT(program.err, HasSubstr("unknown rule 'SL-O36'; did you mean 'SL-036'?"));
}

}  // namespace
}  // namespace sconectl::cli
