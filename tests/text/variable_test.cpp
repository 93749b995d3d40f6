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

}  // namespace
}  // namespace sconectl::text
