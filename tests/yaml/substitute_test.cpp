#include "sconectl/yaml/substitute.hpp"

#include <gtest/gtest.h>

#include <map>

#include "sconectl/yaml/parse.hpp"

namespace sconectl::yaml {
namespace {

struct Result {
  Value value;
  std::vector<std::string> errors;
};

Result run(const std::string& text, const SubstituteOptions& options = {}) {
  static const std::map<std::string, std::string, std::less<>> variables = {
      {"A", "one"}, {"OWNER_ID", "42"}, {"NIL", "~"}, {"LOOP", "$A"}, {"INJECT", "x\nevil: true"}};
  diag::Diagnostics out;
  Result result;
  result.value = substitute(
      parse_document("f", text),
      [](std::string_view name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
      },
      out, options);
  for (const auto& d : out.all()) result.errors.push_back(d.line());
  return result;
}

std::string text(const std::string& scalar) {
  const Result result = run("v: " + scalar + "\n");
  EXPECT_TRUE(result.errors.empty());
  return result.value.find("v")->text();
}

TEST(Substitute, CL038_both_forms_mixed_with_text) {
  EXPECT_EQ(text("a-$A-${A}b"), "a-one-oneb");
  EXPECT_EQ(text("$A,session=$OWNER_ID"), "one,session=42");
}

TEST(Substitute, CL043_placeholders_stay_and_names_inside_are_replaced) {
  EXPECT_EQ(text("$$SCONE::password$$"), "$$SCONE::password$$");
  EXPECT_EQ(text("$$SCONE::CERT-$OWNER_ID:crt$$"), "$$SCONE::CERT-42:crt$$");
  EXPECT_EQ(text("$$SCONE::a$$$$SCONE::a:privatekey$$"), "$$SCONE::a$$$$SCONE::a:privatekey$$");
  EXPECT_EQ(text("'!#what!$#'"), "!#what!$#");
}

TEST(Substitute, CL046_escape) {
  EXPECT_EQ(text("'cost \\$A'"), "cost $A");
}

TEST(Substitute, CL041_tilde_is_null) {
  EXPECT_TRUE(run("v: $NIL\n").value.find("v")->is_null());
  EXPECT_EQ(text("x$NIL"), "x~");
}

TEST(Substitute, CL048_no_recursion_and_no_structure) {
  EXPECT_EQ(text("$LOOP"), "$A");
  const Result injected = run("v: $INJECT\n");
  EXPECT_EQ(injected.value.entries().size(), 1U);
  EXPECT_EQ(injected.value.find("v")->text(), "x\nevil: true");
}

TEST(Substitute, CL042_every_missing_variable_is_reported_with_its_place) {
  const Result result = run("a: $NOPE\nb:\n  - ${GONE}\n");
  ASSERT_EQ(result.errors.size(), 2U);
  EXPECT_EQ(
      result.errors[0],
      "f:1:4: error: Value for variable $NOPE is missing; give it with '-e NOPE=VALUE', or with "
      "--use-env from the environment");
  EXPECT_EQ(result.errors[1].substr(0, 6), "f:3:5:");
}

TEST(Substitute, CL039_keys_only_where_asked) {
  EXPECT_NE(run("$A: 1\n").value.find("$A"), nullptr);
  EXPECT_NE(run("$A: 1\n", {.keys = true}).value.find("one"), nullptr);
}

/// `template_text` as a client reads it, with these values.
std::string content_of(const std::string& template_text,
                       const std::map<std::string, std::string>& values) {
  diag::Diagnostics out;
  const Value result = substitute(
      parse_document("f", with_variable_lines_in_blocks(template_text)),
      [&](std::string_view name) -> std::optional<std::string> {
        const auto found = values.find(std::string(name));
        return found == values.end() ? std::nullopt : std::optional(found->second);
      },
      out);
  std::string errors;
  for (const auto& d : out.all()) errors += d.line() + "\n";
  EXPECT_EQ(errors, "");
  return result.find("content")->text();
}

TEST(VariableLines, CL044_a_line_that_is_only_a_variable_stands_for_all_lines_of_its_value) {
  const std::map<std::string, std::string> values = {
      {"PEM", "-----BEGIN-----\nAAAA\n-----END-----\n"},
      {"ONE", "x"},
      {"GAP", "a\n\n  b"},
      {"NONE", ""},
      {"WINDOWS", "a\r\nb\r\n"}};
  EXPECT_EQ(content_of("content: |\n  tls:\n    key: |\n      $PEM\n  end: 1\n", values),
            "tls:\n  key: |\n    -----BEGIN-----\n    AAAA\n    -----END-----\nend: 1\n");
  EXPECT_EQ(content_of("content: |\n  ${GAP}\n  z\n", values), "a\n\n  b\nz\n");
  EXPECT_EQ(content_of("content: |\n  a\n    $GAP\n", values), "a\n  a\n\n    b\n");
  EXPECT_EQ(content_of("content: |\n  a $PEM\n", values),
            "a -----BEGIN-----\nAAAA\n-----END-----\n\n")
      << "with text beside it, it is the value and nothing else";
  EXPECT_EQ(content_of("content: |\n  $NONE\n  a\n", values), "\na\n");
  EXPECT_EQ(content_of("content: |\n  $WINDOWS\n  a\n", values), "a\r\nb\r\na\n");
  EXPECT_EQ(content_of("content: $PEM\n", values), values.at("PEM"));
}

TEST(VariableLines, CL044_public_templates_write_it_at_the_left_edge) {
  const std::map<std::string, std::string> values = {
      {"JSON", "{\n  \"a\": 1\n}"},
      {"INDENTED", "          {\n            \"a\": 1\n          }\n"},
      {"MORE", "last"}};
  const std::string json = "{\n  \"a\": 1\n}\n";
  for (const char* name : {"$JSON", "${JSON}", "$INDENTED"}) {
    EXPECT_EQ(content_of("list:\n  - path: /x\ncontent: |\n" + std::string(name) + "\n", values),
              json)
        << name;
    EXPECT_EQ(content_of("content: |  # a file\n" + std::string(name), values),
              json.substr(0, json.size() - 1));
  }
  EXPECT_EQ(content_of("content: |\n    first\n\n$JSON\n  $MORE\nnext: 1\n", values),
            "first\n\n" + json + "last\n");
  diag::Diagnostics out;
  const Value nested =
      parse_document("f", with_variable_lines_in_blocks(
                              "a:\n  - name: x\n    files:\n      - content: |\n$JSON\n      - "
                              "content: |\n   $JSON\n    b: c\n"));
  EXPECT_EQ(nested.find("a")->items()[0].find("files")->items().size(), 2U);
  EXPECT_EQ(nested.find("a")->items()[0].find("b")->text(), "c");
}

TEST(VariableLines, CL039_a_value_never_becomes_structure) {
  const std::map<std::string, std::string> values = {{"X", "   deep\nevil: true\n- x"}};
  EXPECT_EQ(content_of("content: |\n$X\n", values), "   deep\nevil: true\n- x\n");
  EXPECT_EQ(content_of("content: |\n  $X\n", values), "   deep\nevil: true\n- x\n");
}

TEST(VariableLines, other_text_stays_as_it_is) {
  for (const char* text : {"a: |\n  x\n$NAME: y\n", "a: \"x |\"\n$A\n", "a: |\n  x\nb: y\n$A\n",
                           "$A\n", "a:\n  $A\n", "a: |2\n$A\n", "a: |\n  $A\n"})
    EXPECT_EQ(with_variable_lines_in_blocks(text), text);
}

TEST(VariableLines, one_that_stands_for_keys_is_refused_in_plain_words) {
  diag::Diagnostics out;
  (void)parse_documents("f", "environment:\n  A: b\n$ENVVARS\nc: d\n", out);
  ASSERT_TRUE(out.has_errors());
  EXPECT_NE(out.all().front().text.find("a line that is only $ENVVARS"), std::string::npos)
      << out.all().front().text;
}

}  // namespace
}  // namespace sconectl::yaml
