#include "sconectl/yaml/write.hpp"

#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/yaml/parse.hpp"
#include "support/matchers.hpp"

namespace sconectl::yaml {
namespace {

TEST(Write, block_style) {
  Node root;
  root.set("name", "demo");
  root.set("list", Node::texts({"a", "b"}));
  root.set("services", Node::sequence({Node().set("name", "x").set("size", Node::number(3))}));
  root.set("none", Node());
  root.set("empty", Node::mapping());
  EXPECT_EQ(write(root),
            "name: demo\nlist:\n- a\n- b\nservices:\n- name: x\n  size: 3\nnone: null\n"
            "empty: {}\n");
}

TEST(Write, on_one_line) {
  Node root;
  root.set("pem", Node("a\nb\n").on_one_line());
  root.set("signer",
           Node::mapping({{"key", Node("a\nb: c, d\n")}, {"list", Node::texts({"x", "z"})}})
               .on_one_line());
  root.set("last", "z");
  EXPECT_EQ(write(root),
            "pem: \"a\\nb\\n\"\nsigner: {key: \"a\\nb: c, d\\n\", list: [x, z]}\nlast: z\n");
}

/// Writing and reading gives the same text back, whatever it holds.
TEST(Write, every_text_survives) {
  const std::vector<std::string> texts = {"",
                                          "~",
                                          "null",
                                          "true",
                                          "no",
                                          "0.3",
                                          "1e5",
                                          "-",
                                          "- a",
                                          "a: b",
                                          "a #b",
                                          "#x",
                                          "a:",
                                          " lead",
                                          "trail ",
                                          "a\nb",
                                          "a\nb\n",
                                          "a\xC2\x85z",
                                          std::string("a\xC2\x9F") + "b\nc",
                                          "\xE2\x80\xA8",
                                          std::string("a\xE2\x80\xA9") + "b",
                                          "\xEF\xBB\xBFx",
                                          "\xC3\xA4 \xE2\x82\xAC",
                                          "\na",
                                          "a\n\n",
                                          "x\n ",
                                          "tab\tx",
                                          "\x01",
                                          "é",
                                          "$$SCONE::x$$",
                                          "{a}",
                                          "[x]",
                                          "*a",
                                          "&a",
                                          "!t",
                                          "%d",
                                          "@x",
                                          "`x",
                                          "'q'",
                                          "\"q\"",
                                          "a\\b",
                                          "2026-01-01",
                                          "on",
                                          "Y",
                                          "0x1f",
                                          ".5",
                                          ".inf",
                                          "=",
                                          "<<",
                                          "? x",
                                          "a\r\nb",
                                          "|",
                                          ">",
                                          "a,b",
                                          "-----BEGIN X-----\nabc\n-----END X-----\n",
                                          "  a\n b\n",
                                          std::string(200, 'k')};
  for (const std::string& text : texts) {
    Node root;
    root.set("v", text);
    root.set("l", Node::texts({text, "end"}));
    const std::string written = write(root);
    const Value read = parse_document("f", written);
    ASSERT_TRUE(read.find("v")->is_scalar()) << written;
    EXPECT_EQ(read.find("v")->text(), text) << written;
    EXPECT_EQ(read.find("l")->items()[0].text(), text) << written;
    EXPECT_EQ(integer(*read.find("v")).has_value() && read.find("v")->plain(), false) << written;
  }
}

TEST(Write, nested_sequences_and_tags) {
  Node root;
  root.set("a", Node::sequence({Node::sequence({Node("x")}), Node::sequence({})}));
  root.set("store_in", Node().tagged("!cas"));
  const std::string written = write(root);
  EXPECT_EQ(written, "a:\n- - x\n- []\nstore_in: !cas\n");
  EXPECT_EQ(parse_document("f", written).find("a")->items()[0].items()[0].text(), "x");
}

TEST(Write, tags_read_the_same_again) {
  for (const std::string tag : {"!cas", "!!binary", "!!str", "!<tag:example.com,2000:a>",
                                "!<!a%20b>", "!<x>", "!<!>", "!<!!>", "!<tag:yaml.org,2002:>"}) {
    const Value read = parse_document("t", "a: " + tag + " 'x'\nb: " + tag + " [1]\n");
    const Value again = parse_document("t", write(Node::from(read)));
    for (const char* key : {"a", "b"})
      EXPECT_EQ(again.find(key)->tag(), read.find(key)->tag()) << tag;
  }
  EXPECT_EQ(parse_document("t", "a: !!binary x\n").find("a")->tag(), "!!binary");
  EXPECT_EQ(
      parse_document("t", "%TAG !e! tag:example.com,2000:\n---\na: !e!x y\n").find("a")->tag(),
      "!<tag%3Aexample.com%2C2000%3Ax>");
}

TEST(Write, plain_text_over_several_lines_stays_one_value) {
  const Value read = parse_document("t", "a: one\n\n  {two}\nb: c\n");
  EXPECT_EQ(read.find("a")->text(), "one\n{two}");
  const Value again = parse_document("t", write(Node::from(read)));
  EXPECT_EQ(again.find("a")->text(), "one\n{two}");
  EXPECT_EQ(again.find("b")->text(), "c");
}

/// Found by fuzzing: some YAML versions end a line at these characters, or take one for a mark.
TEST(Write, plain_text_with_special_characters_stays_the_same) {
  for (const std::string text :
       {"{s: 0\xE2\x80\xA9\x31}", "{s: 0\xE2\x80\xA8\x31}", "{s: a\xC2\x85\x62}", " \xEF\xBB\xBF",
        "[a\xEF\xBB\xBF]", "{s: \xC3\xA4\xC3\xB6}"}) {
    diag::Diagnostics out;
    const auto read = parse_documents("f", text, out);
    ASSERT_FALSE(out.has_errors()) << text;
    for (const Value& document : read) {
      const std::string written = write(Node::from(document));
      const Value again = parse_document("written", written);
      EXPECT_EQ(write(Node::from(again)), written) << text;
      const Value* value = document.find("s");
      if (value == nullptr) continue;
      EXPECT_EQ(again.find("s")->text(), value->text());
    }
  }
}

TEST(Write, long_keys_are_keys) {
  const std::string name(5000, 'k');
  Node inner;
  inner.set(name, "value").set("next", Node::texts({"a"}));
  const std::string text = write(Node().set(name, inner).set("list", Node::sequence({inner})));
  const Value read = parse_document("t", text);
  for (const Value* map : {read.find(name), &read.find("list")->items().at(0)}) {
    ASSERT_NE(map, nullptr);
    EXPECT_EQ(map->find(name)->text(), "value");
    EXPECT_EQ(map->find("next")->items().size(), 1U);
  }
}

/// In a flow list they need no quotes, in a block list they would start another list.
TEST(Write, a_lone_dash_stays_text) {
  const Value read = parse_document("t", "args: [-, '-', a]\n");
  const Value again = parse_document("t", write(Node::from(read)));
  ASSERT_EQ(again.find("args")->items().size(), 3U);
  EXPECT_EQ(again.find("args")->items()[0].text(), "-");
  EXPECT_EQ(again.find("args")->items()[1].text(), "-");
}

TEST(Write, text_that_is_not_utf8_is_refused) {
  try {
    (void)write(Node().set("a", "caf\xE9"));
    FAIL() << "written";
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
    EXPECT_THAT(error.text(), test::HasButNot("not UTF-8", "caf"));
  }
}

TEST(Write, from_keeps_plain_scalars) {
  const std::string text = "a: 1\nb: \"1\"\nc:\n- true\n- x y\n";
  EXPECT_EQ(write(Node::from(parse_document("f", text))), text);
}

}  // namespace
}  // namespace sconectl::yaml
