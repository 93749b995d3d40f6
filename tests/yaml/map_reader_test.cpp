#include "sconectl/yaml/map_reader.hpp"

#include <gtest/gtest.h>

#include "sconectl/yaml/parse.hpp"

namespace sconectl::yaml {
namespace {

std::vector<std::string> lines(const diag::Diagnostics& out) {
  std::vector<std::string> result;
  for (const auto& d : out.all()) result.push_back(d.line());
  return result;
}

enum class Language { python, java };
constexpr auto words_of(Language) {
  return text::words<Language::java>("python", "java");
}

TEST(MapReader, reports_all_mistakes_in_one_run) {
  diag::Diagnostics out;
  MapReader map(parse_document("m.yaml", "nmae: x\nsize: big\nsign: yes\nkind: pyton\nlist: x\n"),
                "", "service manifest", out);
  EXPECT_EQ(map.required_text("name"), "");
  EXPECT_EQ(map.integer("size"), std::nullopt);
  EXPECT_EQ(map.boolean("sign"), std::nullopt);
  EXPECT_EQ(map.word<Language>("kind"), std::nullopt);
  EXPECT_TRUE(map.list("list").empty());
  map.finish();
  const std::vector<std::string> expected = {
      "m.yaml:1:1: error: 'name' is missing",
      "m.yaml:2:7: error: 'size' must be an integer",
      "m.yaml:3:7: error: 'sign' must be 'true' or 'false'",
      "m.yaml:4:7: error: 'kind' can not be 'pyton', only 'python', 'java'; did you mean 'python'?",
      "m.yaml:5:7: error: 'list' must be a list, this is text",
      "m.yaml:1:1: error: unknown key 'nmae' in service manifest; did you mean 'name'?",
  };
  EXPECT_EQ(lines(out), expected);
}

TEST(MapReader, SL004_null_counts_as_absent) {
  diag::Diagnostics out;
  MapReader map(parse_document("m", "a: ~\nb: null\nc:\n"), "", "session", out);
  EXPECT_EQ(map.text("a"), std::nullopt);
  EXPECT_EQ(map.find("b"), nullptr);
  EXPECT_TRUE(map.list("c").empty());
  map.finish();
  EXPECT_TRUE(out.all().empty());
}

TEST(MapReader, names_the_path) {
  diag::Diagnostics out;
  const Value v = parse_document("m", "a: 1\n");
  MapReader map(v, "services[0]", "session", out);
  map.finish();
  ASSERT_EQ(out.all().size(), 1U);
  EXPECT_NE(out.all()[0].text.find("'services[0].a'"), std::string::npos);
}

TEST(MapReader, a_value_that_is_no_mapping_reads_like_an_empty_one) {
  diag::Diagnostics out;
  MapReader map(parse_document("m", "[1, 2]"), "build", "service manifest", out);
  EXPECT_EQ(map.text("name"), std::nullopt);
  map.finish();
  EXPECT_EQ(lines(out),
            std::vector<std::string>{"m:1:1: error: 'build' must be a mapping, this is a list"});
}

}  // namespace
}  // namespace sconectl::yaml
