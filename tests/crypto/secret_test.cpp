#include "sconectl/crypto/secret.hpp"

#include <gtest/gtest.h>

#include <type_traits>

#include "sconectl/crypto/hash.hpp"

namespace sconectl::crypto {
namespace {

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <typename T>
concept Comparable = requires(const T& a, const T& b) {
  a == b;
};

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret>);
static_assert(!Printable<Secret> && !Comparable<Secret>);

TEST(Secret, moves_and_clones) {
  Secret a("abc");
  const Secret b = a.clone();
  const Secret c = std::move(a);
  EXPECT_EQ(b.view(), "abc");
  EXPECT_EQ(c.view(), "abc");
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
}

TEST(Secret, adopting_a_text_wipes_it) {
  std::string text(100, 'x');
  const char* memory = text.data();
  const Secret secret = Secret::adopt(std::move(text));
  EXPECT_EQ(secret.view(), std::string(100, 'x'));
  EXPECT_TRUE(text.empty());       // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(text.data(), memory);  // still owned, so it may be read
  EXPECT_EQ(std::string(memory, 100), std::string(100, '\0'));
}

TEST(Secret, wiping_reaches_behind_the_end_of_the_text) {
  std::string text(100, 'x');
  text.resize(3);
  const char* memory = text.data();
  wipe(text);
  EXPECT_EQ(std::string(memory, 100), std::string(100, '\0'));
}

TEST(Secret, grows_and_shrinks) {
  Secret secret;
  secret.append("ab");
  secret.append("");
  secret.append("cd");
  EXPECT_EQ(secret.view(), "abcd");
  secret.truncate(1);
  EXPECT_EQ(secret.view(), "a");
  secret.truncate(0);
  EXPECT_TRUE(secret.empty());
  EXPECT_EQ(Secret::zeros(2).view(), std::string(2, '\0'));
}

TEST(Secret, compares_in_constant_time_only) {
  EXPECT_TRUE(constant_time_equal("abc", "abc"));
  EXPECT_FALSE(constant_time_equal("abc", "abd"));
  EXPECT_FALSE(constant_time_equal("abc", "ab"));
  EXPECT_TRUE(constant_time_equal("", ""));
}

}  // namespace
}  // namespace sconectl::crypto
