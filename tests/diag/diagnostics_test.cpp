#include "sconectl/diag/diagnostics.hpp"

#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/diag/suggest.hpp"

namespace sconectl::diag {
namespace {

/// A source that knows what may be shown.
struct Open : Source {
  using Source::Source;
  [[nodiscard]] std::optional<Excerpt> excerpt(int, int) const override {
    return Excerpt{"    name: b", 4};
  }
};

TEST(Diagnostics, line_and_excerpt) {
  const Location at{std::make_shared<const Open>("service.yaml", "a: 1\n    name: b\n"), 2, 5};
  const Diagnostic d{Severity::error, at, "duplicate key 'name'"};
  EXPECT_EQ(d.line(), "service.yaml:2:5: error: duplicate key 'name'");
  EXPECT_EQ(with_excerpt(d), "service.yaml:2:5: error: duplicate key 'name'\n    name: b\n    ^\n");
}

TEST(Diagnostics, a_source_that_can_not_tell_shows_nothing) {
  const Location at{std::make_shared<const Source>("f", "some: hunter2\n"), 1, 1};
  EXPECT_EQ(with_excerpt({Severity::error, at, "no"}), "f:1:1: error: no\n");
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
