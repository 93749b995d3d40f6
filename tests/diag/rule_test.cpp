#include "sconectl/diag/rule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace sconectl::diag {
namespace {

using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(Rule, says_sentence_source_and_tests) {
  const auto found = rule("SL-036");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, "SL-036");
  EXPECT_EQ(found->sentence, "A part of a session name consists of `A-Z a-z 0-9 _ - . ~`.");
  EXPECT_EQ(found->source, "documentation");
  EXPECT_THAT(found->tests, Contains(HasSubstr("SL036")));
  EXPECT_THAT(found->untested_because, IsEmpty());
}

TEST(Rule, is_found_in_lower_case_and_unknown_ones_are_not) {
  ASSERT_TRUE(rule("ra-012"));
  EXPECT_EQ(rule("ra-012")->id, "RA-012");
  for (const char* id : {"", "SL-9999", "SL-36", "SL", "id", "---", "SL-0360", "| SL-036"})
    EXPECT_FALSE(rule(id)) << id;
  EXPECT_FALSE(rule("SL-" + std::to_string(350)));
}

TEST(Rule, a_bar_in_a_sentence_is_no_end_of_a_cell) {
  const auto found = rule("SL-197");
  ASSERT_TRUE(found);
  EXPECT_THAT(found->sentence, HasSubstr("`|ENCODING`"));
  EXPECT_EQ(found->source, "documentation");
}

TEST(Rule, without_a_test_has_a_reason) {
  const auto found = rule("CL-047");
  ASSERT_TRUE(found);
  EXPECT_THAT(found->tests, IsEmpty());
  EXPECT_THAT(found->untested_because, HasSubstr("there is nothing to do"));
}

TEST(Rule, every_one_is_a_sentence_with_a_source_and_a_test_or_reason) {
  const auto ids = rule_ids();
  EXPECT_GT(ids.size(), 349U + 88U);
  EXPECT_THAT(std::set(ids.begin(), ids.end()), SizeIs(ids.size()));
  for (const std::string& id : ids) {
    const auto found = rule(id);
    ASSERT_TRUE(found) << id;
    EXPECT_THAT(found->sentence, EndsWith(".")) << id;
    EXPECT_FALSE(found->source.empty()) << id;
    EXPECT_NE(found->tests.empty(), found->untested_because.empty()) << id;
  }
  EXPECT_THAT(ids, Contains(StartsWith("CC-")));
}

}  // namespace
}  // namespace sconectl::diag
