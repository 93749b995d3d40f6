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

TEST(Diagnostics, more_than_a_hundred_are_counted) {
  Diagnostics out;
  for (int i = 0; i < 100'000; ++i) {
    Diagnostics part;
    part.error({}, "mistake " + std::to_string(i));
    part.warning({}, "careful");
    out.add(part);
  }
  Diagnostics many;
  for (int i = 0; i < 150; ++i) many.error({}, "another");
  out.add(many);
  EXPECT_EQ(out.errors(), 100'150U);
  EXPECT_EQ(out.all().size(), 202U);
  EXPECT_EQ(out.warnings().size(), 101U);
  EXPECT_EQ(out.warnings().back().text, "… and 99900 more warnings");
  try {
    out.throw_if_errors();
    FAIL();
  } catch (const Error& e) {
    ASSERT_EQ(e.diagnostics().size(), 202U);
    EXPECT_EQ(e.diagnostics()[198].text, "mistake 99");
    EXPECT_EQ(e.diagnostics()[200].line(), "error: … and 100050 more errors");
  }
}

TEST(Diagnostics, a_hundred_and_one_is_one_more) {
  Diagnostics out;
  for (int i = 0; i < 101; ++i) out.error({}, "no");
  EXPECT_EQ(out.all().back().text, "… and 1 more error");
  Diagnostics hundred;
  for (int i = 0; i < 100; ++i) hundred.error({}, "no");
  EXPECT_EQ(hundred.all().size(), 100U);
  EXPECT_EQ(hundred.all().back().text, "no");
}

TEST(Diagnostics, a_long_text_is_cut_between_characters) {
  EXPECT_EQ(shortened("aé", 3), "aé");
  EXPECT_EQ(shortened("aéb", 2), "a…");
  EXPECT_EQ(shortened("aéb", 3), "aé…");
  Diagnostics out;
  out.error({}, std::string(3'000'000, 'x'));
  EXPECT_EQ(out.all().front().text, std::string(Diagnostics::longest_text, 'x') + "…");
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
