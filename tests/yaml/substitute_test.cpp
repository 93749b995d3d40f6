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

}  // namespace
}  // namespace sconectl::yaml
