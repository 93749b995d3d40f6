#include "sconectl/host/environment.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace sconectl::host {
namespace {

TEST(SystemEnvironment, variables) {
  const auto environment = system_environment();
  ::setenv("HOST_TEST_X", "a=b", 1);
  ::setenv("HOST_TEST_EMPTY", "", 1);
  EXPECT_EQ(environment->get("HOST_TEST_X"), "a=b");
  EXPECT_EQ(environment->all().at("HOST_TEST_X"), "a=b");
  EXPECT_EQ(environment->get("HOST_TEST_EMPTY"), "");
  EXPECT_FALSE(environment->get("HOST_TEST_NONE"));
  EXPECT_EQ(environment->get_or("HOST_TEST_EMPTY", "d"), "d");
  EXPECT_EQ(environment->get_or("HOST_TEST_X", "d"), "a=b");
}

TEST(SystemEnvironment, home_directory_without_HOME_comes_from_the_user) {
  const auto environment = system_environment();
  const std::string before = ::getenv("HOME") != nullptr ? ::getenv("HOME") : "";
  ::setenv("HOME", "/somewhere", 1);
  EXPECT_EQ(environment->home_directory(), "/somewhere");
  ::unsetenv("HOME");
  EXPECT_FALSE(environment->home_directory().empty());
  if (!before.empty()) ::setenv("HOME", before.c_str(), 1);
}

TEST(SystemEnvironment, executable_is_this_test) {
  EXPECT_EQ(system_environment()->executable().filename(), "sconectl_host_test");
}

}  // namespace
}  // namespace sconectl::host
