#include "sconectl/yaml/toml.hpp"

#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"

namespace sconectl::yaml {
namespace {

std::string mistake(const std::string& text) {
  try {
    (void)parse_toml("f.toml", text);
    return "";
  } catch (const diag::Error& error) {
    return error.diagnostics().empty() ? error.text() : error.diagnostics().front().line();
  }
}

TEST(Toml, keeps_the_order_and_the_places_of_the_text) {
  const auto value = parse_toml("f.toml", "b = 1\n[z]\ny = 'x'\n[a]\nl = [true, 0x10]\n");
  ASSERT_EQ(value.entries().size(), 3U);
  EXPECT_EQ(value.entries()[0].key, "b");
  EXPECT_EQ(value.entries()[1].key, "z");
  EXPECT_EQ(value.entries()[2].key, "a");
  const auto* text = value.find("z")->find("y");
  EXPECT_EQ(text->location().text(), "f.toml:3:5");
  EXPECT_FALSE(text->plain());
  const auto& items = value.find("a")->find("l")->items();
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(boolean(items[0]), true);
  EXPECT_EQ(integer(items[1]), 16);
  EXPECT_EQ(items[1].location().text(), "f.toml:5:12");
}

TEST(Toml, dotted_keys_are_the_sections_they_name) {
  const auto value = parse_toml("f.toml", "database.path = \"/x/cas.db\"\n");
  EXPECT_EQ(value.find("database")->find("path")->text(), "/x/cas.db");
}

TEST(Toml, tells_where_the_syntax_breaks_and_shows_no_value) {
  for (const char* const broken :
       {"key = hunter2\n", "key = \"hunter2\n", "key = hunter2 # x\n", "[a\nkey = 'hunter2'\n",
        "key = 'x' 'hunter2'\n", "key = 1hunter2\n", "a = 1\na = 'hunter2'\n"}) {
    const auto words = mistake(broken);
    EXPECT_TRUE(words.starts_with("f.toml:") && words.find("not valid TOML") != std::string::npos &&
                words.find("hunter2") == std::string::npos)
        << broken << words;
  }
  EXPECT_TRUE(mistake("ok = 1\nkey = = 2\n").starts_with("f.toml:2:7: error: not valid TOML: "))
      << mistake("ok = 1\nkey = = 2\n");
}

TEST(Toml, survives_what_is_no_text) {
  EXPECT_FALSE(mistake(std::string("a = '\0'", 7)).empty());
  EXPECT_FALSE(mistake("a = '\xff'").empty());
  EXPECT_FALSE(mistake("a = " + std::string(10'000, '[')).empty());
  EXPECT_FALSE(mistake("\xc3\xa9 = 1").empty());
  EXPECT_THROW((void)parse_toml("f.toml", std::string(100, '#'), {.bytes = 99}), diag::Error);
  EXPECT_THROW((void)parse_toml("f.toml", "a = [1,2,3,4]", {.nodes = 3}), diag::Error);
}

TEST(Toml, the_notation_follows_the_name_and_else_the_text) {
  EXPECT_EQ(notation_of("x.toml", "a: 1"), Notation::toml);
  EXPECT_EQ(notation_of("x.json", "a = 1"), Notation::yaml_or_json);
  EXPECT_EQ(notation_of("-", "# c\n\n[api]\n"), Notation::toml);
  EXPECT_EQ(notation_of("-", "a.b = 1\n"), Notation::toml);
  EXPECT_EQ(notation_of("-", "a: b = c\n"), Notation::yaml_or_json);
  EXPECT_EQ(notation_of("-", "{\"a\": \"b=c\"}"), Notation::yaml_or_json);
  EXPECT_EQ(notation_of("-", "---\na: 1\n"), Notation::yaml_or_json);
}

TEST(Toml, CC047_an_empty_text_is_an_empty_document) {
  for (const char* const name : {"x.toml", "x.yaml", "x"})
    for (const char* const text : {"", "# nothing\n\n", "---\n"}) {
      if (std::string_view(text) == "---\n" && std::string_view(name) == "x.toml") continue;
      EXPECT_TRUE(parse_any_notation(name, text).entries().empty());
      EXPECT_TRUE(parse_any_notation(name, text).is_mapping());
    }
}

TEST(Toml, letters_beyond_ascii_stand_in_quotes) {
  for (const char* text : {"\xc3\xa9 = 1", "a = \xc3\xa9", "a = 'x' \xc3\xa9",
                           "a = \"\"\"\n\"\"\" \xc3\xa9", "a = 'x\n\xc3\xa9 = '"})
    EXPECT_FALSE(mistake(text).empty()) << text;
  for (const char* text :
       {"a = 'h\xc3\xa9'", "a = \"\\\"h\xc3\xa9\"", "a = 1 # h\xc3\xa9\nb = 2", "\"\xc3\xa9\" = 1",
        "a = \"\"\"\nh\xc3\xa9 \"x\" \xc3\xa9\"\"\"\n", "a = '''h'\xc3\xa9'''"})
    EXPECT_EQ(mistake(text), "") << text;
}

TEST(Toml, keys_that_are_deep_are_refused_before_they_are_built) {
  std::string deep = "a";
  for (int i = 0; i < 500'000; ++i) deep += ".a";
  for (const auto& text : {"[" + deep + "]\n", deep + " = 1\n", "a = {" + deep + " = 1}\n"})
    EXPECT_THROW((void)parse_toml("deep.toml", text), diag::Error);
  std::string arrays;
  for (int i = 0; i < 1'000; ++i) arrays += "[";
  EXPECT_THROW((void)parse_toml("deep.toml", "a = " + arrays), diag::Error);
  EXPECT_NO_THROW((void)parse_toml("few.toml", "# " + std::string(200, '.') + "\na.b.c = 1\n"));
}

}  // namespace
}  // namespace sconectl::yaml
