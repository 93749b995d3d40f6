#include "sconectl/yaml/parse.hpp"

#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"

namespace sconectl::yaml {
namespace {

std::string first_error(const std::string& text) {
  diag::Diagnostics out;
  (void)parse_documents("f.yaml", text, out);
  for (const auto& d : out.all())
    if (d.severity == diag::Severity::error) return d.line();
  return "";
}

TEST(Parse, keeps_the_source_text_of_scalars) {
  const Value v = parse_document("f", "version: 0.3\nhash: 1234e5678\nno: on\ntag: 0123\n");
  EXPECT_EQ(v.find("version")->text(), "0.3");
  EXPECT_EQ(v.find("hash")->text(), "1234e5678");
  EXPECT_EQ(v.find("no")->text(), "on");
  EXPECT_EQ(v.find("tag")->text(), "0123");
}

TEST(Parse, SL010_a_byte_order_mark_is_no_part_of_the_text) {
  const Value v = parse_document("f", "\xEF\xBB\xBFname: a\nb: 1\n");
  EXPECT_EQ(v.find("name")->text(), "a");
  EXPECT_EQ(v.find("name")->location().text(), "f:1:7");
  diag::Diagnostics out;
  EXPECT_EQ(parse_documents("f", "\xEF\xBB\xBF---\na: 1\n---\nb: 2\n", out).size(), 2U);
  EXPECT_FALSE(out.has_errors());
}

TEST(Parse, knows_places_and_quotes) {
  const Value v = parse_document("f.yaml", "a:\n  - b: \"x\"\n    c: y\n");
  const Value& item = v.find("a")->items().front();
  EXPECT_EQ(item.find("b")->location().text(), "f.yaml:2:8");
  EXPECT_FALSE(item.find("b")->plain());
  EXPECT_TRUE(item.find("c")->plain());
}

TEST(Parse, an_empty_value_stands_at_its_key) {
  const Value v = parse_document("f.yaml", "a:\n\n\nb: 1\n");
  EXPECT_TRUE(v.find("a")->is_null());
  EXPECT_EQ(v.find("a")->location().line, 1);
}

TEST(Parse, SL002_duplicate_keys_are_refused_with_both_places) {
  EXPECT_EQ(first_error("a: 1\nb: 2\na: 3\n"),
            "f.yaml:3:1: error: duplicate key 'a', first used on line 1");
}

TEST(Parse, SL002_merge_keys_are_refused_and_aliases_are_shared) {
  EXPECT_NE(first_error("x: &a {b: 1}\ny:\n  <<: *a\n").find("merge keys"), std::string::npos);
  const Value v = parse_document("f", "x: &a {b: 1}\ny: *a\n");
  EXPECT_EQ(v.find("y")->find("b")->text(), "1");
}

TEST(Parse, SL002_one_document) {
  EXPECT_THROW((void)parse_document("f", "a: 1\n---\nb: 2\n"), diag::Error);
  EXPECT_THROW((void)parse_document("f", ""), diag::Error);
  EXPECT_THROW((void)parse_document("f", "# only a comment\n"), diag::Error);
  EXPECT_EQ(parse_document("f", "---\na: 1\n").find("a")->text(), "1");
}

TEST(Parse, SL009_SL010_bytes_that_are_not_text) {
  EXPECT_EQ(first_error(std::string("a: x\0y\n", 7)),
            "f.yaml:1:5: error: a NUL byte: the text must be UTF-8 without U+0000");
  EXPECT_NE(first_error("a: \xff\n").find("not UTF-8"), std::string::npos);
  EXPECT_NE(first_error("a: \xc0\xaf\n").find("not UTF-8"), std::string::npos);
  EXPECT_EQ(parse_document("f", "a: \xc3\xa4\r\nb: 2\r\n").find("a")->text(), "\xc3\xa4");
}

TEST(Parse, SL010_size_limit) {
  EXPECT_NE(first_error("a: " + std::string(4UL * 1024 * 1024, 'x')).find("limit"),
            std::string::npos);
}

TEST(Parse, alias_bombs_are_refused_with_bounded_memory) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string p = std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + p + ", *a" + p +
            ", *a" + p + ", *a" + p + ", *a" + p + ", *a" + p + ", *a" + p + ", *a" + p + "]\n";
  }
  EXPECT_THROW((void)parse_document("f", text), diag::Error);
}

TEST(Parse, a_node_can_not_hold_itself) {
  EXPECT_NE(first_error("a: &x [1, *x]\n").find("hold itself"), std::string::npos);
}

TEST(Parse, nesting_of_10000_levels_is_an_error_not_a_crash) {
  EXPECT_NE(first_error(std::string(10000, '[')).find("nested too deeply"), std::string::npos);
  std::string block;
  for (int i = 0; i < 10000; ++i) block += "- ";
  EXPECT_NE(first_error(block + "x\n"), "");
}

TEST(Parse, tabs_are_named) {
  EXPECT_NE(first_error("a:\n\tb: 1\n").find("tab"), std::string::npos);
  EXPECT_NE(first_error("# \xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\na:\n\tb: 1\n").find("tab"),
            std::string::npos);
}

TEST(Parse, block_scalars_with_indentation_indicators) {
  const Value v = parse_document("f", "a: |+2\n      two more\n    x\n\nb: 1\n");
  EXPECT_EQ(v.find("a")->text(), "    two more\n  x\n\n");
}

TEST(Parse, keys_must_be_text) {
  EXPECT_NE(first_error("? [a, b]\n: 1\n").find("a key must be text"), std::string::npos);
}

TEST(Integer, yaml_core_forms) {
  const Value v =
      parse_document("f", "a: 12\nb: 0o17\nc: 0xff\nd: \"32\"\ne: 1.5\nf: -4\ng: --4\n");
  EXPECT_EQ(integer(*v.find("a")), 12);
  EXPECT_EQ(integer(*v.find("b")), 15);
  EXPECT_EQ(integer(*v.find("c")), 255);
  EXPECT_EQ(integer(*v.find("d")), 32);
  EXPECT_EQ(integer(*v.find("e")), std::nullopt);
  EXPECT_EQ(integer(*v.find("f")), -4);
  EXPECT_EQ(integer(*v.find("g")), std::nullopt);
}

}  // namespace
}  // namespace sconectl::yaml
