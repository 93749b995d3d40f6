#include "sconectl/text/variable.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sconectl::text {
namespace {

TEST(Environment, a_later_value_takes_the_place_of_the_first) {
  Environment environment{{"A", "1"}, {"B", "2"}};
  set(environment, "A", "3");
  set(environment, "C", "4");
  EXPECT_THAT(environment,
              ::testing::ElementsAre(Variable{"A", "3"}, Variable{"B", "2"}, Variable{"C", "4"}));
}

TEST(VariableName, letters_digits_and_underscores) {
  for (const char* name : {"A", "_", "a1_B", "__x9"}) EXPECT_TRUE(is_variable_name(name)) << name;
  for (const char* other : {"", "1a", "a-b", "a.b", "a b", "\xc3\xa4", "a="})
    EXPECT_FALSE(is_variable_name(other)) << other;
}

}  // namespace
}  // namespace sconectl::text
