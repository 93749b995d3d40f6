#include "sconectl/yaml/kyaml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/yaml/parse.hpp"

namespace sconectl::yaml {
namespace {

TEST(Kyaml, has_braces_quotes_and_commas) {
  EXPECT_EQ(
      kyaml_of("pod.yaml",
               "# Source: x\napiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n"
               "    app.kubernetes.io/name: web\n    \"on\": 'no'\nspec:\n  replicas: 3\n"
               "  ready: true\n  none:\n  empty: {}\n  nobody: []\n  containers:\n"
               "  - name: a\n    args: [x, \"1\"]\n  - name: b\n  text: |\n    two\n    lines\n"),
      "---\n{\n  apiVersion: \"v1\",\n  kind: \"Pod\",\n  metadata: {\n    labels: {\n"
      "      app.kubernetes.io/name: \"web\",\n      \"on\": \"no\",\n    },\n  },\n  spec: {\n"
      "    replicas: 3,\n    ready: true,\n    none: null,\n    empty: {},\n    nobody: [],\n"
      "    containers: [{\n      name: \"a\",\n      args: [\n        \"x\",\n        \"1\",\n"
      "      ],\n    }, {\n      name: \"b\",\n    }],\n    text: \"two\\nlines\\n\",\n  },\n}\n");
}

TEST(Kyaml, text_is_never_taken_for_anything_else_and_anything_else_never_for_text) {
  const auto form = [](const std::string& scalar) {
    const std::string text = kyaml_of("a.yaml", "a: " + scalar + "\n");
    return text.substr(11, text.size() - 15);
  };
  for (const char* verbatim : {"1", "-1.5", "1e3", "0x1F", "true", "No", ".5", ".nan", "0o17"})
    EXPECT_EQ(form(verbatim), verbatim);
  for (const std::string text : {"10m", "1.2.3", "v1", "2001-01-01", "16Mi", "-x"})
    EXPECT_EQ(form(text), "\"" + text + "\"");
  EXPECT_EQ(form("\"1\""), "\"1\"");
  EXPECT_EQ(form("'a \"quoted\" \\ word'"), R"("a \"quoted\" \\ word")");
}

TEST(Kyaml, a_long_text_does_not_exhaust_the_stack) {
  const std::string long_text(1'000'000, '1');
  EXPECT_THAT(kyaml_of("f", "a: " + long_text), testing::HasSubstr("\"" + long_text + "\""));
}

TEST(Kyaml, several_documents_stay_several_and_empty_ones_are_left_out) {
  EXPECT_EQ(kyaml_of("a.yaml", "---\n# nothing\n---\na: 1\n---\n- 2\n"),
            "---\n{\n  a: 1,\n}\n---\n[\n  2,\n]\n");
  EXPECT_THROW((void)kyaml_of("a.yaml", "a: [\n"), diag::Error);
}

/// What kubectl prints is read as any other YAML.
TEST(Kyaml, is_read) {
  const Value value = parse_document(
      "pod.yaml",
      "---\n# a comment\n{\n  kind: \"Pod\",\n  \"no\": \"yes\",\n  list: [{\n    n: 1,\n  }, {\n"
      "    n: 2,\n  }],\n  text: \"a\\nb\",\n}\n");
  EXPECT_EQ(value.find("kind")->text(), "Pod");
  EXPECT_EQ(value.find("no")->text(), "yes");
  EXPECT_FALSE(value.find("no")->plain());
  ASSERT_EQ(value.find("list")->items().size(), 2U);
  EXPECT_EQ(integer(*value.find("list")->items()[1].find("n")), 2);
  EXPECT_EQ(value.find("text")->text(), "a\nb");
}

}  // namespace
}  // namespace sconectl::yaml
