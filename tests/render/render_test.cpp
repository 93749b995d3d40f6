#include "sconectl/render/render.hpp"

#include <gtest/gtest.h>

namespace sconectl::render {
namespace {

Variables variables() {
  Variables result;
  result.set("NAME", "web");
  result.set("EMPTY", "");
  result.set("LOOP", "{{NAME}}");
  result.set("cas.cas.cas_url", "cas.default");
  result.set("QUOTES", "<a href=\"x\">&'");
  return result;
}

struct Rendering {
  std::string text;
  std::string errors;
};

Rendering rendered(const std::string& text, Dialect dialect) {
  diag::Diagnostics out;
  const auto source = std::make_shared<diag::Source>("t", text);
  Rendering result{render(text, variables(), dialect, diag::Location{source, 0, 0}, out), ""};
  for (const auto& diagnostic : out.all()) result.errors += diagnostic.line() + "\n";
  return result;
}

void expect(const std::string& text, Dialect dialect, const std::string& wanted) {
  const Rendering result = rendered(text, dialect);
  EXPECT_EQ(result.errors, "") << text;
  EXPECT_EQ(result.text, wanted) << text;
}

TEST(Tera, values_defaults_comments_and_raw) {
  expect("a {{NAME}}{{ NAME }}\n", Dialect::tera, "a webweb\n");
  expect("{{NAME | default(value=\"x\")}}", Dialect::tera, "web");
  expect("{{NOPE|default(value='x y')}}", Dialect::tera, "x y");
  expect("{{ NOPE  | default( value = 12 ) }}", Dialect::tera, "12");
  expect("{{EMPTY | default(value=\"x\")}}", Dialect::tera, "");
  expect("{{NOPE | default(value=\"{{LATER}}\")}}", Dialect::tera, "{{LATER}}");
  expect("{# a {{comment}} #}b", Dialect::tera, "b");
  expect("{% raw %}\n{{later}} {# kept #}\n{% endraw %}\n", Dialect::tera,
         "\n{{later}} {# kept #}\n\n");
  expect("{%- raw -%}{{a}}{%endraw%}{{NAME}}", Dialect::tera, "{{a}}web");
  expect("{% raw %}{% other %}{% endraw %}", Dialect::tera, "{% other %}");
}

TEST(Tera, what_is_put_in_is_not_scanned_again) {
  expect("{{LOOP}}", Dialect::tera, "{{NAME}}");
  expect("{{LOOP}}", Dialect::handlebars, "{{NAME}}");
}

TEST(Tera, single_braces_are_text) {
  expect("{ {} {a} } }} {", Dialect::tera, "{ {} {a} } }} {");
  expect("", Dialect::tera, "");
}

TEST(Tera, mistakes_have_line_and_column) {
  EXPECT_EQ(rendered("a\n b {{NAEM}}\n{{OTHER}}", Dialect::tera).errors,
            "t:2:4: error: variable 'NAEM' has no value; did you mean 'NAME'?\n"
            "t:3:1: error: variable 'OTHER' has no value\n");
  EXPECT_EQ(rendered("x {{NAME | defualt(value=1)}}", Dialect::tera).errors,
            "t:1:3: error: unknown filter 'defualt', only 'default(value=\"…\")' is built in; did "
            "you mean 'default'?\n");
  EXPECT_EQ(rendered("{{NAME | default(\"x\")}}", Dialect::tera).errors,
            "t:1:1: error: write the filter as 'default(value=\"…\")'\n");
  EXPECT_EQ(rendered("{{ 1 }}", Dialect::tera).errors,
            "t:1:1: error: '1' is not the name of a variable\n");
  EXPECT_NE(rendered("{{}}", Dialect::tera).errors, "");
  EXPECT_EQ(rendered("\n{{NAME", Dialect::tera).errors, "t:2:1: error: '{{' is not closed\n");
  EXPECT_EQ(rendered("{% if x %}", Dialect::tera).errors,
            "t:1:1: error: '{% if x %}' is not understood, only 'raw' and 'endraw' are built in\n");
  EXPECT_EQ(rendered("a{% raw %}b", Dialect::tera).errors,
            "t:1:2: error: '{% raw %}' is not closed with '{% endraw %}'\n");
  EXPECT_NE(rendered("{% raw", Dialect::tera).errors, "");
  EXPECT_NE(rendered("{# raw", Dialect::tera).errors, "");
}

TEST(Handlebars, names_triple_braces_and_no_escaping) {
  expect("{{NAME}} {{{NAME}}} {{ NAME }}", Dialect::handlebars, "web web web");
  expect("{{cas.cas.cas_url}} {{cas_cas_cas_url}}", Dialect::handlebars, "cas.default cas.default");
  expect("{{QUOTES}}{{{QUOTES}}}", Dialect::handlebars, "<a href=\"x\">&'<a href=\"x\">&'");
  expect("$$SCONE::x$$ {{NAME}}", Dialect::handlebars, "$$SCONE::x$$ web");
}

TEST(Handlebars, comments_and_literal_braces) {
  expect("a{{!-- {{NAME}} }} --}}b{{! c }}d", Dialect::handlebars, "abd");
  expect("\\{{NAME}} {{NAME}}", Dialect::handlebars, "{{NAME}} web");
  expect("{% raw %}{# x #}", Dialect::handlebars, "{% raw %}{# x #}");
}

TEST(Handlebars, strict_an_unknown_name_is_an_error_and_stays) {
  const Rendering result = rendered("a: {{NMAE}}", Dialect::handlebars);
  EXPECT_EQ(result.text, "a: {{NMAE}}");
  EXPECT_EQ(result.errors, "t:1:4: error: variable 'NMAE' has no value; did you mean 'NAME'?\n");
  for (const char* text : {"{{#if NAME}}x{{/if}}", "{{NAME | default(value=1)}}", "{{> part}}",
                           "{{{NAME}}", "{{NAME", "{{!-- x", "{{a b}}"})
    EXPECT_NE(rendered(text, Dialect::handlebars).errors, "") << text;
}

TEST(HelmValues, what_is_helms_own_passes_through) {
  for (const std::string text :
       {"{{ .Values.x }}", "{{- with .Values.x }}{{ end }}", "{{/* NAME */}}", "{{ $x }}",
        "{{ include \"service.name\" . | nindent 4 }}", "{{- end -}}", "{{ else }}",
        "{{ printf \"{{NAME}} }}\" }}", "{{ toYaml .x }}", "{{ open"})
    expect(text, Dialect::helm_values, text);
  expect("{{NAME}}-{{ .Release.Name }}-{{{NAME}}}", Dialect::helm_values,
         "web-{{ .Release.Name }}-web");
  EXPECT_NE(rendered("{{NOPE}}", Dialect::helm_values).errors, "");
}

TEST(Render, errors_in_a_scalar_point_to_the_scalar) {
  diag::Diagnostics out;
  const auto source = std::make_shared<diag::Source>("m.yaml", "text");
  (void)render("a\n{{NOPE}}", variables(), Dialect::handlebars, {source, 7, 12}, out);
  ASSERT_EQ(out.all().size(), 1U);
  EXPECT_EQ(out.all()[0].location.text(), "m.yaml:7:12");
}

TEST(Render, names_that_a_text_asks_for) {
  const std::vector<std::string> wanted = {"b", "a.c"};
  EXPECT_EQ(names_in("{{b}}{{a.c}}{{b}}{{d | default(value=\"{{e}}\")}}", Dialect::tera), wanted);
  EXPECT_TRUE(names_in("none", Dialect::handlebars).empty());
}

TEST(Render, a_hostile_text_takes_linear_time) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "{%{{{#";
  diag::Diagnostics out;
  EXPECT_EQ(render("{% raw %}" + text, variables(), Dialect::tera, {}, out), text);
  EXPECT_EQ(out.all().size(), 1U);
}

TEST(Literal, any_text_comes_out_of_render_as_it_was) {
  for (const std::string text : {"", "a", "{{x}}", "{{{x}}}", "\\{{x}}", "{ {", "{{", "{{{{",
                                 "a{{b}}c{{ $d }}", "{{!-- c --}}", "\\\\{{"}) {
    diag::Diagnostics out;
    EXPECT_EQ(render(literal(text), {}, Dialect::handlebars, {}, out), text);
    EXPECT_FALSE(out.has_errors()) << text;
  }
}

TEST(CheckExpressions, name_what_no_variable_could_fill_and_the_way_out) {
  diag::Diagnostics out;
  check_expressions("a {{NAME}} {{cas.cas.cas_url}} \\{{ $x }}", Dialect::handlebars, {}, out);
  EXPECT_FALSE(out.has_errors());
  check_expressions("a\nb {{ $x }}", Dialect::handlebars, {}, out);
  ASSERT_EQ(out.all().size(), 1U);
  EXPECT_EQ(out.all()[0].location.line, 2);
  EXPECT_EQ(out.all()[0].text,
            "'$x' is not the name of a variable; write '\\{{' where a '{{' is meant as text");
}

}  // namespace
}  // namespace sconectl::render
