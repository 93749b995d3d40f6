// Values in templates that are YAML: none becomes structure.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "sconectl/render/render.hpp"
#include "sconectl/yaml/parse.hpp"
#include "support/property.hpp"

namespace sconectl::render {
namespace {

std::string rendered(const std::string& text, const Variables& variables,
                     Dialect dialect = Dialect::handlebars, std::string* errors = nullptr) {
  diag::Diagnostics out;
  std::string result =
      render_yaml(std::make_shared<diag::Source>("t", text), variables, dialect, out);
  std::string found;
  for (const auto& diagnostic : out.all()) found += diagnostic.line() + "\n";
  if (errors == nullptr)
    EXPECT_EQ(found, "") << text;
  else
    *errors = found;
  return result;
}

std::string with(const std::string& value, const std::string& text) {
  Variables variables;
  variables.set("X", value);
  return rendered(text, variables);
}

TEST(RenderYaml, harmless_values_leave_the_text_as_it_is) {
  EXPECT_EQ(with("8080", "# {{X}}\nport: {{X}} # c\nhost: \"a.{{X}}\"\nlist: [{{X}}, 'x{{X}}']\n"),
            "# 8080\nport: 8080 # c\nhost: \"a.8080\"\nlist: [8080, 'x8080']\n");
  EXPECT_EQ(with("", "a: {{X}}\nb: \"{{X}}\"\n"), "a: \nb: \"\"\n");
  EXPECT_EQ(with("$$SCONE::a$$", "a: {{X}}\n"), "a: $$SCONE::a$$\n");
  EXPECT_EQ(with("n", "{{X}}: |\n  first {{X}}\n  second\nafter: 1\n"),
            "n: |\n  first n\n  second\nafter: 1\n");
}

TEST(RenderYaml, others_are_quoted_where_they_stand) {
  EXPECT_EQ(with("a\n- privileged: true", "- name: {{X}}\n- 1\n"),
            "- name: \"a\\n- privileged: true\"\n- 1\n");
  EXPECT_EQ(with("a\"\nb: c", "- name: \"{{X}}\" # why\n"), "- name: \"a\\\"\\nb: c\" # why\n");
  EXPECT_EQ(with("it's", "a: 'x {{X}}'\n"), "a: \"x it's\"\n");
  EXPECT_EQ(with("[1, 2]", "a: {{X}}\n"), "a: \"[1, 2]\"\n");
  EXPECT_EQ(with("a: b", "x: [{{X}}, {{X}}]\n"), "x: [\"a: b\", \"a: b\"]\n");
  EXPECT_EQ(with("two\nlines", "a: |\n  x {{X}}\n  y\nb: 1\n"),
            "a: \"x two\\nlines\\ny\\n\"\nb: 1\n");
  EXPECT_EQ(with("a\nb", "# about {{X}}\nx: 1\n"), "# about \"a\\nb\"\nx: 1\n");
  EXPECT_EQ(with("a # b", "x: \xC3\xBC{{X}}\n"),
            "x: \"\xC3\xBC"
            "a # b\"\n");
}

TEST(RenderYaml, what_a_later_stage_fills_in_stays) {
  Variables variables;
  variables.set("X", "a: b");
  EXPECT_EQ(rendered("{% raw %}- name: {{later}}\n  at: \"{{x}}/{{y}}\" {{! why }}\n{% endraw %}- "
                     "{{X}}/{{NOPE | "
                     "default(value=\"{{LATER}}\")}}\n",
                     variables, Dialect::tera),
            "- name: {{later}}\n  at: \"{{x}}/{{y}}\" {{! why }}\n- \"a: b/{{LATER}}\"\n");
  EXPECT_EQ(rendered("a: {{ .Values.x }}\nb: {{X}}\n", variables, Dialect::helm_values),
            "a: {{ .Values.x }}\nb: \"a: b\"\n");
}

TEST(RenderYaml, our_own_structure_is_put_in_as_it_is) {
  Variables variables;
  variables.set_yaml("S", "{limits: {a: 1}}");
  EXPECT_EQ(rendered("resources: {{S}}\n", variables), "resources: {limits: {a: 1}}\n");
}

TEST(RenderYaml, what_is_no_yaml_is_an_error) {
  std::string errors;
  Variables variables;
  variables.set("X", "v");
  (void)rendered("a: [{{X}}\nb: ]c\n", variables, Dialect::handlebars, &errors);
  EXPECT_THAT(errors, testing::HasSubstr("t:"));
  variables.set("X", "a b");
  (void)rendered("a: &{{X}} 1\n", variables, Dialect::handlebars, &errors);
  EXPECT_THAT(errors, testing::HasSubstr(
                          "t:1:5: error: a value can stand only in a key, a value or a comment"));
}

/// The kinds and number of nodes, and the texts of the scalars.
void outline(const yaml::Value& value, std::string& shape, std::vector<std::string>& texts) {
  if (value.is_mapping()) {
    shape += '{';
    for (const auto& entry : value.entries()) {
      texts.push_back(entry.key);
      outline(entry.value, shape, texts);
    }
    shape += '}';
  } else if (value.is_sequence()) {
    shape += '[';
    for (const auto& item : value.items()) outline(item, shape, texts);
    shape += ']';
  } else {
    shape += '.';
    texts.push_back(value.is_null() ? "" : value.text());
  }
}

TEST(RenderYaml, no_value_makes_a_node_or_changes_another) {
  const std::string text =
      "# about {{X}}\nname: {{X}}\nquoted: \"a {{X}} b\"\nsingle: 'a {{X}} b'\nlist:\n- {{X}}\n- "
      "name: {{X}}\n  more: 1\n"
      "flow: [{{X}}, {a: {{X}}, b: 2}] # and {{X}}\nblock: |\n  one {{X}}\n  two\nfolded: >-\n  "
      "one\n  {{X}}\nend: x\n";
  const std::vector<std::string> pieces = {"\n",
                                           "\r\n",
                                           "- ",
                                           ": ",
                                           "#",
                                           " #",
                                           "\"",
                                           "'",
                                           "[",
                                           "]",
                                           "{",
                                           "}",
                                           "{{",
                                           "}}",
                                           "a",
                                           "-",
                                           "|\n ",
                                           ">",
                                           "&a",
                                           "*",
                                           "!!int",
                                           "%",
                                           "@",
                                           "`",
                                           "---",
                                           "...",
                                           "\t",
                                           " ",
                                           "\\",
                                           "\\n",
                                           ",",
                                           "?",
                                           "\xC3\xBC",
                                           "\xE2\x80\xA8",
                                           "\xF0\x9F\x94\x91",
                                           "~",
                                           "null",
                                           "1",
                                           "=",
                                           "<<"};
  std::mt19937 random(1);
  for (int i = 0; i < test::property_documents; ++i) {
    std::string value;
    for (std::size_t n = 1 + random() % 6; n > 0; --n) value += pieces[random() % pieces.size()];
    const std::string result = with(value, text);
    std::string shape;
    std::vector<std::string> texts;
    outline(yaml::parse_document("result", result), shape, texts);
    ASSERT_EQ(shape, "{...[.{..}][.{..}]...}") << value << "\n--\n" << result;
    ASSERT_EQ(texts.at(3), "a " + value + " b") << result;
    ASSERT_EQ(texts.back(), "x") << result;
  }
}

}  // namespace
}  // namespace sconectl::render
