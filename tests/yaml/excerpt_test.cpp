#include <gtest/gtest.h>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sconectl/yaml/sensitivity.hpp"
#include "support/matchers.hpp"

namespace sconectl::yaml {
namespace {

/// What a terminal shows for a mistake at this place, without the line that names it.
std::string excerpt(const std::string& text, int line, int column) {
  diag::Diagnostics out;
  const auto documents = parse_documents("f", text, out);
  if (documents.empty() && out.all().empty()) return "no document";
  diag::Location at = out.all().empty() ? documents.front().location() : out.all().front().location;
  at.line = line;
  at.column = column;
  const std::string shown = diag::with_excerpt({diag::Severity::error, at, "no"});
  return shown.substr(shown.find('\n') + 1);
}

TEST(Excerpt, keys_and_descriptions_are_shown_values_that_may_be_secret_are_not) {
  EXPECT_EQ(excerpt("- {name: p, kind: ascii, value: hunter2, exprot: x}\n", 1, 42),
            "- {name: p, kind: ascii, value: ..., exprot: ...}\n"
            "                                     ^\n");
  EXPECT_EQ(excerpt("value: hunter2\n", 1, 8), "value: ...\n       ^\n");
  EXPECT_EQ(excerpt("size: many\n", 1, 7), "size: many\n      ^\n");
  EXPECT_EQ(excerpt("other: many\n", 1, 8), "other: many\n       ^\n");
  EXPECT_EQ(excerpt("other: many\n", 1, 1), "other: ...\n^\n");
}

TEST(Excerpt, comments_and_text_over_several_lines_are_left_out) {
  EXPECT_EQ(excerpt("name: a # hunter2\n", 1, 1), "name: a\n^\n");
  EXPECT_EQ(excerpt("name: |\n  hunter2\n", 2, 3), "...\n^\n");
  EXPECT_EQ(excerpt("name: 'a\n  hunter2'\n", 2, 3), "...\n^\n");
}

TEST(Excerpt, what_the_parser_did_not_get_to_is_not_shown) {
  EXPECT_EQ(excerpt("a: [x, hunter2\nb: hunter2\n", 2, 2), "...:\n   ^\n");
  EXPECT_EQ(excerpt("name: a\n\thunter2: {\n", 2, 1), "");
}

TEST(Excerpt, a_value_that_ran_into_its_key_is_not_shown) {
  EXPECT_EQ(excerpt("{name: p, value:hunter2}\n", 1, 11), "{name: p, ...}\n          ^\n");
  EXPECT_EQ(shown_key("value:hunter2"), "value...");
  EXPECT_EQ(shown_key("export_public"), "export_public");
}

TEST(Excerpt, letters_beyond_ascii_count_as_one) {
  EXPECT_EQ(excerpt("{name: \xC3\xA4\xC3\xB6, size: x}\n", 1, 18),
            "{name: \xC3\xA4\xC3\xB6, size: x}\n                 ^\n");
}

TEST(Excerpt, secrets_below_containers) {
  EXPECT_EQ(excerpt("env: {A: hunter2}\n", 1, 10), "env: {A: ...}\n         ^\n");
  EXPECT_EQ(excerpt("env: [A=hunter2]\n", 1, 7), "env: [...]\n      ^\n");
  EXPECT_EQ(excerpt("env: [{name: A, value: hunter2}]\n", 1, 24),
            "env: [{name: A, value: ...}]\n                       ^\n");
  EXPECT_EQ(excerpt("environment: {name: hunter2}\n", 1, 21),
            "environment: {name: ...}\n                    ^\n");
  EXPECT_EQ(excerpt("value: {name: [hunter2]}\n", 1, 16),
            "value: {name: [...]}\n               ^\n");
  EXPECT_THAT(excerpt("{? [a] : hunter2}\n", 1, 10), test::HasButNot("^", "hunter2"));
}

TEST(Sensitivity, fields_their_misspellings_and_names_that_say_so) {
  for (const std::string key :
       {"value", "vlaue", "content", "contnet", "private_key", "db_password", "DB_PASSWORD",
        "service_access_token", "command", "environment"})
    EXPECT_EQ(secrecy_below(key), Secrecy::all) << key;
  for (const std::string key : {"name", "kind", "secrets", "volume", "size", "cas_key", "image"})
    EXPECT_EQ(secrecy_below(key), Secrecy::none) << key;
}

}  // namespace
}  // namespace sconectl::yaml
