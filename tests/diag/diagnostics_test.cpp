#include "sconectl/diag/diagnostics.hpp"

#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/diag/suggest.hpp"

namespace sconectl::diag {
namespace {

Location at(const std::string& text, int line, int column) {
  return {std::make_shared<const Source>(Source{"service.yaml", text}), line, column};
}

TEST(Diagnostics, line_and_excerpt) {
  const Diagnostic d{Severity::error, at("a: 1\n    name: b\n", 2, 5), "duplicate key 'name'"};
  EXPECT_EQ(d.line(), "service.yaml:2:5: error: duplicate key 'name'");
  EXPECT_EQ(with_excerpt(d), "service.yaml:2:5: error: duplicate key 'name'\n    name: b\n    ^\n");
}

TEST(Diagnostics, an_excerpt_never_shows_a_secret) {
  const Diagnostic value{Severity::error, at("    value: hunter2\n", 1, 5), "no"};
  EXPECT_EQ(with_excerpt(value).find("hunter2"), std::string::npos);
  const Diagnostic block{Severity::error, at("value: |\n  hunter2\n", 2, 3), "no"};
  EXPECT_EQ(with_excerpt(block).find("hunter2"), std::string::npos);
}

TEST(Diagnostics, throws_once_with_everything) {
  Diagnostics out;
  out.warning({}, "careful");
  out.throw_if_errors();
  out.error({}, "one");
  out.error({}, "two");
  try {
    out.throw_if_errors();
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::invalid);
    EXPECT_EQ(e.diagnostics().size(), 3U);
    EXPECT_EQ(e.text(), "error: one");
  }
}

TEST(Error, within_adds_context_outside) {
  const Error inner(ErrorKind::refused, "no permission");
  const Error outer = inner.within("while uploading session 'a/b'");
  EXPECT_EQ(outer.text(), "while uploading session 'a/b'");
  EXPECT_EQ(outer.causes(), std::vector<std::string>{"no permission"});
  EXPECT_EQ(outer.kind(), ErrorKind::refused);
}

TEST(Suggest, nearest_word) {
  const std::vector<std::string> words = {"environment", "name", "kind"};
  EXPECT_EQ(nearest("enviroment", words), "environment");
  EXPECT_EQ(nearest("nmae", words), "name");
  EXPECT_EQ(nearest("kidn", words), "kind");
  EXPECT_EQ(nearest("zzz", words), std::nullopt);
  EXPECT_EQ(nearest("", words), std::nullopt);
}

}  // namespace
}  // namespace sconectl::diag
